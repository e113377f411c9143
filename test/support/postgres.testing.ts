/** @module A real PostgreSQL server on loopback and a free port, or on a test host, with data of its own. */

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chownSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { postgresAccount } from "../../scripts/cluster/postgres.ts";
import { findProgram } from "../../scripts/system-programs.mjs";
import type { Host } from "./hosts.ts";
import { isRunning, signal } from "./processes.ts";
import { eventually, freePorts } from "./real-cluster.ts";

/** For the `skip` of a test: false, or why PostgreSQL can't be had. With CI=true its tests fail without it. */
export const withoutPostgres =
  findProgram("postgres") === null && process.env.CI !== "true" ? "PostgreSQL is missing" : false;

export interface PostgresOptions {
  /** Settings of the server, such as `{ max_connections: "20" }`. */
  settings?: Record<string, string>;
  /** Where the WAL is kept, in segments of one megabyte: an empty folder on a disk of its own. Default: with the data. */
  walDir?: string;
  /** Its `postgres`. Default: the system's. */
  program?: string;
  /** Where it runs, on the usual port, for the other hosts. The test reaches it even when the host is cut off. */
  host?: Host;
}

const PORT = 5_432;
/** SQLSTATE. */
const TOO_MANY_CONNECTIONS = "53300";

export class PostgresServer {
  readonly #dir: string;
  readonly #account = postgresAccount();
  readonly #settings: Record<string, string>;
  readonly #program: string;
  readonly port: number;
  readonly #host: Host | null;
  #child: ChildProcess | null = null;

  private constructor(dir: string, port: number, options: PostgresOptions) {
    const { settings = {}, host, program = findProgram("postgres") } = options;
    if (program === null) throw new Error("PostgreSQL is missing: node scripts/setup.mjs --test installs it");
    this.#dir = dir;
    this.#settings = settings;
    this.#program = program;
    this.port = port;
    this.#host = host ?? null;
  }

  /** Makes an empty database and starts a server that answers. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const words = ["-U", "carryout", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    if (options.walDir !== undefined) words.push(`--waldir=${options.walDir}`, "--wal-segsize=1");
    return await PostgresServer.#make(options, (data) => ["initdb", "-D", data, ...words]);
  }

  /** Makes a standby of this server, which replicates from now on. */
  async standby(options: PostgresOptions = {}): Promise<PostgresServer> {
    const from = ["-h", "127.0.0.1", "-p", String(this.port), "-U", "carryout"];
    const copy = ["-R", "-X", "stream", "--checkpoint=fast", "--no-sync"];
    const standby = await PostgresServer.#make(options, (data) => [
      "pg_basebackup",
      "-D",
      data,
      ...from,
      ...copy,
    ]);
    await eventually("the standby replicates", async () => {
      return (await this.query("SELECT FROM pg_stat_replication WHERE state = 'streaming'")).length > 0;
    });
    return standby;
  }

  /** Makes the data with a program of PostgreSQL, and starts a server that answers. */
  static async #make(options: PostgresOptions, words: (data: string) => string[]): Promise<PostgresServer> {
    const dir = mkdtempSync(join(tmpdir(), "carryout-postgres-"));
    const port = options.host ? Number((await options.host.outside(PORT)).split(":")[1]) : await freePorts(1);
    const server = new PostgresServer(dir, port, options);
    const account = server.#account;
    if (account !== null) chownSync(dir, account.uid, account.gid);
    try {
      const [program, ...rest] = words(join(dir, "data"));
      execFileSync(join(dirname(realpathSync(server.#program)), program!), rest, {
        cwd: dir,
        stdio: ["ignore", "ignore", "pipe"],
        ...account,
      });
      if (options.host) appendFileSync(join(dir, "data/pg_hba.conf"), "host all all 0.0.0.0/0 trust\n");
      await server.launch();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** What one statement of an operator returns. */
  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await this.client();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** A connection for the test to use and to end. */
  async client(database = "postgres"): Promise<Client> {
    const url = this.url.replace(/[^/]*$/, database);
    const client = new Client({ connectionString: url, application_name: "test" });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** Freezes all its processes: connections are accepted, by the kernel, and nothing answers. */
  pause(): void {
    this.#signal("SIGSTOP");
  }

  resume(): void {
    this.#signal("SIGCONT");
  }

  /** One of its processes may end meanwhile. */
  #signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    for (const pid of this.#pids()) signal(pid, name);
  }

  /** As a power cut: kill -9 of all its processes. */
  async kill(): Promise<void> {
    const pids = this.#pids();
    const child = this.#child!;
    const ended = once(child, "exit");
    this.#signal("SIGKILL");
    await ended;
    await eventually("all processes of PostgreSQL ended", async () => !pids.some(isRunning));
  }

  /**
   * Another program takes every connection that a user of this URL can have, also those of the nodes. Resolves when no
   * node has one, with a function that gives all back.
   */
  async exhaust(url = this.url): Promise<() => Promise<void>> {
    const operator = await this.client();
    const taken: Client[] = [];
    let isTaking = true;
    const take = async () => {
      while (isTaking) {
        const client = new Client({ connectionString: url });
        client.on("error", () => {});
        try {
          await client.connect();
          taken.push(client);
          return;
        } catch (error) {
          if ((error as { code?: unknown }).code !== TOO_MANY_CONNECTIONS) throw error;
        }
      }
    };
    const { rows } = await operator.query<{ most: number }>(
      "SELECT current_setting('max_connections')::int AS most",
    );
    const taking = Promise.all(Array.from({ length: rows[0]!.most }, take));
    const release = async () => {
      isTaking = false;
      await taking;
      await Promise.all([operator, ...taken].map((client) => client.end()));
    };
    try {
      await eventually("no node has a connection", async () => {
        const ofNodes = "FROM pg_stat_activity WHERE application_name LIKE 'carryout %'";
        return (await operator.query(`SELECT pg_terminate_backend(pid) ${ofNodes}`)).rows.length === 0;
      });
      return release;
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** From now on it acknowledges only what its standby has. */
  async synchronize(): Promise<void> {
    await this.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await this.query("SELECT pg_reload_conf()");
    await eventually("replication is synchronous", async () => {
      return (await this.query("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")).length > 0;
    });
  }

  /** Ends the replication to this standby: what the primary acknowledges from now on is on the primary alone. */
  async detach(primary: PostgresServer): Promise<void> {
    const [row] = await primary.query<{ end: string }>("SELECT pg_current_wal_lsn()::text AS end");
    await eventually("the standby has caught up", async () => {
      const caughtUp = "SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS ok";
      return (await this.query<{ ok: boolean }>(caughtUp, [row!.end]))[0]!.ok;
    });
    await this.query("ALTER SYSTEM SET primary_conninfo = ''");
    await this.query("SELECT pg_reload_conf()");
    await eventually("nothing is replicated", async () => {
      return (await primary.query("SELECT FROM pg_stat_replication")).length === 0;
    });
  }

  /** Makes a standby the primary. */
  async promote(): Promise<void> {
    await this.query("SELECT pg_promote()");
  }

  /** Resolves when the server has ended, by itself or by `kill`. */
  async ended(): Promise<void> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  /** The server's process first. */
  #pids(): number[] {
    const first = this.#child!.pid!;
    return [first, ...childrenOf(first)];
  }

  /** What the server has logged. */
  log(): string {
    return readFileSync(join(this.#dir, "log"), "utf8");
  }

  get url(): string {
    return `postgres://carryout@127.0.0.1:${this.port}/postgres`;
  }

  /** Starts it on its data, at first or after `kill`. */
  async launch(): Promise<void> {
    // Data of tests need not outlive the machine.
    const settings = {
      fsync: "off",
      listen_addresses: this.#host?.address ?? "127.0.0.1",
      unix_socket_directories: "",
      ...this.#settings,
    };
    const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    words.unshift("-D", join(this.#dir, "data"), "-p", String(this.#host ? PORT : this.port));
    this.#child = this.#spawn(words);
    await eventually("PostgreSQL answers", () => answers(this.url)).catch((error: unknown) => {
      throw new Error(readFileSync(join(this.#dir, "log"), "utf8"), { cause: error });
    });
  }

  #spawn(words: readonly string[]): ChildProcess {
    const log = openSync(join(this.#dir, "log"), "a");
    const options: SpawnOptions = { cwd: this.#dir, stdio: ["ignore", log, log] };
    const host = this.#host;
    if (host === null) return spawn(this.#program, words, { ...options, ...this.#account });
    // Entering a host needs root, which PostgreSQL refuses.
    const { uid, gid } = this.#account!;
    const asAccount = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", this.#program, ...words];
    return host.spawn("setpriv", asAccount, options);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid !== undefined && isRunning(child.pid)) {
      // A test may have left it frozen.
      this.resume();
      const ended = once(child, "exit");
      // Its own way to end at once, connections and all.
      child.kill("SIGQUIT");
      await ended;
    }
    this.#child = null;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Whether a server, or a pooler before it, answers at this URL; an error means no. */
export async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A connection that is refused tells it by an event too.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } finally {
    await client.end();
  }
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      // The name, which may hold anything, is in parentheses; then the state, then the parent.
      const [, ppid] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
      return Number(ppid) === parent;
    } catch {
      return false; // has ended
    }
  });
}
