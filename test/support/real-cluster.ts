/** @module A real cluster of processes, started by the command line as a user would, on free ports. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NatsServers } from "./nats-servers.ts";
import { asOperator, OPERATOR_TOKEN } from "./operator.ts";
import { PostgresServer } from "./postgres.testing.ts";
import { childrenOf, isRunning, signal } from "./processes.ts";

export { isRunning } from "./processes.ts";

export interface RealNode {
  name: string;
  incarnation: string;
  url: string;
  pid: number;
  running: number;
  draining: boolean;
}

export interface RealClusterOptions {
  nodes?: number;
  /** A URL, or "nats" or "postgres" for a server of its own. Default: `CARRYOUT_TEST_ENGINE`, else in a new folder. */
  engine?: string;
  /** How many nats-servers the engine "nats" gets. Default 1. */
  servers?: number;
  config?: string;
  respawn?: boolean;
  env?: Record<string, string>;
  port?: number;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STARTED_WITHIN_MS = 180_000;
/** Servers store no secret, and `up` would store one in the working directory. */
const SERVER_SECRET = "known to the tests alone";

/** Polls for an effect of other processes, which can't notify the test. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  let lastError: unknown = null;
  while (performance.now() < giveUpAt) {
    try {
      const found = await look();
      if (found !== null && found !== false) return found;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: lastError });
}

/** Ports that each test process has to itself. */
const BLOCK = 100;
/** Below the range that Linux uses for outgoing connections (from 32,768), since those come and go. */
const BLOCKS = { from: 10_000, count: 220 };
let given = 0;

/**
 * A port that is free, as are the next `count` ports. They stay so until they are used: another process of tests gets
 * others, and so does the next call, until a block has been given away.
 */
export async function freePorts(count: number): Promise<number> {
  const size = count + 1;
  const block = BLOCKS.from + BLOCK * (process.pid % BLOCKS.count);
  for (;;) {
    if ((given % BLOCK) + size > BLOCK) given += BLOCK - (given % BLOCK);
    const first = block + (given % BLOCK);
    given += size;
    const isFree = await Promise.all(Array.from({ length: size }, (_, i) => canListen(first + i)));
    if (isFree.every(Boolean)) return first;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** What keeps a cluster's records, to be hit by tests. */
export interface RecordServers {
  readonly names: readonly string[];
  freeze(index: number): void;
  thaw(index: number): void;
  kill(index: number): Promise<void>;
  launch(index: number): void | Promise<void>;
  /** Takes all its connections, also those of the nodes. Returns a function that gives them back. */
  exhaust?(index: number): Promise<() => Promise<void>>;
}

interface Servers {
  nats: NatsServers | null;
  postgres: PostgresServer | null;
}

export class RealCluster {
  readonly entry: string;
  readonly dir: string;
  readonly #options: RealClusterOptions;
  readonly #port: number;
  /** The servers behind it, for the engine "nats". */
  readonly nats: NatsServers | null;
  /** The same for the engine "postgres". */
  readonly postgres: PostgresServer | null;
  readonly #frozen = new Set<number>();
  /** Every process ever seen: nodes may outlive their primary, so all are cleaned up at the end. */
  readonly #seen = new Set<number>();
  #child: ChildProcess;
  output = "";

  constructor(options: RealClusterOptions, dir: string, port: number, servers: Servers) {
    this.#options = options;
    this.nats = servers.nats;
    this.postgres = servers.postgres;
    this.dir = dir;
    this.#port = port;
    this.entry = `http://127.0.0.1:${port}`;
    this.#child = this.#spawn();
  }

  static async start(options: RealClusterOptions = {}): Promise<RealCluster> {
    const dir = await mkdtemp(join(tmpdir(), "carryout-test-"));
    const engine = options.engine ?? process.env.CARRYOUT_TEST_ENGINE;
    const nats = engine === "nats" ? await NatsServers.start({ count: options.servers ?? 1 }) : null;
    const postgres = engine === "postgres" ? await PostgresServer.start() : null;
    const port = options.port ?? (await freePorts(options.nodes ?? 3));
    const cluster = new RealCluster(options, dir, port, { nats, postgres });
    try {
      await cluster.allUp();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Null for the embedded engine. */
  get servers(): RecordServers | null {
    const { nats, postgres } = this;
    if (postgres === null) return nats;
    return {
      names: ["postgres"],
      freeze: () => postgres.pause(),
      thaw: () => postgres.resume(),
      kill: () => postgres.kill(),
      launch: () => postgres.launch(),
      exhaust: () => postgres.exhaust(),
    };
  }

  /** Each node's own address, whether it is alive or not. */
  get ownUrls(): string[] {
    return Array.from(
      { length: this.#options.nodes ?? 3 },
      (_, index) => `http://127.0.0.1:${this.#port + index + 1}`,
    );
  }

  /** Process id of the primary. */
  get pid(): number {
    return this.#child.pid as number;
  }

  /** Resolves with all nodes once the requested number is up; rejects at once when the primary has ended. */
  async allUp(): Promise<RealNode[]> {
    const wanted = this.#options.nodes ?? 3;
    const nodes = await eventually(
      `${wanted} nodes up`,
      async () => {
        if (this.#hasEnded()) return "ended";
        const found = await this.nodes();
        return found.length === wanted && found;
      },
      STARTED_WITHIN_MS,
    ).catch((cause: unknown) => {
      throw new Error(`the nodes are not up; output so far:\n${this.output}`, { cause });
    });
    if (nodes !== "ended") return nodes;
    const { exitCode, signalCode } = this.#child;
    throw new Error(`the primary ended with ${exitCode ?? signalCode}:\n${this.output}`);
  }

  /** The living nodes as one of them sees them. On a new connection: a kept-alive one may lead to a frozen node. */
  async nodes(base: string = this.entry): Promise<RealNode[]> {
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(`${base}/cluster/nodes`, {
      signal,
      headers: { ...asOperator, connection: "close" },
    });
    return ((await response.json()) as { nodes: RealNode[] }).nodes;
  }

  /** The node that a download's `node` names, once the node that is asked knows it. */
  holder(node: string | null): Promise<RealNode> {
    return eventually(`${node} is a living node`, async () => {
      const nodes = await this.nodes();
      return (
        nodes.find(({ name, incarnation }) => `${name}/${incarnation}` === node || name === node) ?? null
      );
    });
  }

  /** False if the process no longer exists. */
  freeze(pid: number): boolean {
    this.#frozen.add(pid);
    return signal(pid, "SIGSTOP");
  }

  thaw(pid: number): void {
    if (this.#frozen.delete(pid)) signal(pid, "SIGCONT");
  }

  /** Ends the whole cluster as Ctrl-C does; resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    if (this.#hasEnded()) return this.#child.exitCode;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    await exited;
    return this.#child.exitCode;
  }

  /** The nodes' processes, including those that are still starting. */
  async nodePids(): Promise<number[]> {
    const pids = await childrenOf(this.pid);
    for (const pid of pids) this.#seen.add(pid);
    return pids;
  }

  /** Kills everything at once, as a power cut would. */
  async killAll(): Promise<void> {
    this.#child.kill("SIGSTOP"); // it would restart nodes while they are being listed
    const nodes = await this.nodePids();
    for (const pid of nodes) signal(pid, "SIGKILL");
    await this.#killPrimary();
    await allGone(nodes);
  }

  /** Kills the primary alone. Its nodes have to notice, hand over and end by themselves. */
  async killPrimary(): Promise<void> {
    const nodes = await this.nodePids();
    for (const pid of this.#frozen) this.thaw(pid); // a frozen node would keep its port
    await this.#killPrimary();
    await allGone(nodes);
  }

  /** Restarts on the same data. */
  async restart(): Promise<void> {
    this.#child = this.#spawn();
    await this.allUp();
  }

  /** Ends everything and removes the data. */
  async stop(): Promise<void> {
    await this.nodePids();
    for (const pid of this.#frozen) this.thaw(pid);
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.interrupt();
    clearTimeout(killer);
    const left = [...this.#seen].filter(isRunning);
    for (const pid of left) signal(pid, "SIGKILL");
    await allGone(left);
    await this.nats?.stop();
    await this.postgres?.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #killPrimary(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #spawn(): ChildProcess {
    const { nodes = 3, respawn = false, config, env } = this.#options;
    const server = this.nats?.url("test") ?? this.postgres?.url;
    const engine = server ?? this.#options.engine ?? `sqlite:${this.dir}/data`;
    const secret = /^(nats|postgres):/.test(engine) ? { CARRYOUT_SECRET: SERVER_SECRET } : {};
    const parameters = ["up", "--nodes", String(nodes), "--port", String(this.#port), "--engine", engine];
    parameters.push("--config", config ?? join(ROOT, "test/support/cluster.config.ts"));
    if (engine.startsWith("postgres:")) parameters.push("--files", `disk:${this.dir}/files`);
    if (!respawn) parameters.push("--no-respawn");
    const child = spawn(process.execPath, [join(ROOT, "src/cli/main.ts"), ...parameters], {
      cwd: ROOT,
      env: {
        ...process.env,
        CARRYOUT_LOG: "info",
        CARRYOUT_OPERATOR_TOKEN: OPERATOR_TOKEN,
        ...secret,
        ...env,
      },
      // The channel tells it when this process ends in any way.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const keep = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString("utf8")).slice(-200_000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    return child;
  }
}

function allGone(pids: readonly number[]): Promise<unknown> {
  return eventually("the processes are gone", async () => !pids.some(isRunning));
}
