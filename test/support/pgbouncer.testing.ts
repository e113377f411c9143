/** @module PgBouncer before a PostgreSQL server, on loopback and a free port. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresAccount } from "../../scripts/cluster/postgres.ts";
import { findProgram } from "../../scripts/system-programs.mjs";
import { answers, type PostgresServer } from "./postgres.testing.ts";
import { eventually, freePorts, isRunning } from "./real-cluster.ts";

/** For the `skip` of a test: false, or why PgBouncer can't be had. With CI=true its tests fail without it. */
export const withoutPgBouncer =
  findProgram("pgbouncer") === null && process.env.CI !== "true" ? "PgBouncer is missing" : false;

export class PgBouncer {
  readonly port: number;
  readonly #dir: string;
  readonly #child: ChildProcess;

  private constructor(dir: string, port: number, child: ChildProcess) {
    this.#dir = dir;
    this.port = port;
    this.#child = child;
  }

  static async start(server: PostgresServer, mode: "transaction" | "session"): Promise<PgBouncer> {
    const program = findProgram("pgbouncer");
    if (program === null) throw new Error("PgBouncer is missing: apt-get install pgbouncer");
    const dir = mkdtempSync(join(tmpdir(), "carryout-pgbouncer-"));
    const port = await freePorts(1);
    const config = join(dir, "pgbouncer.ini");
    const settings = {
      listen_addr: "127.0.0.1",
      listen_port: port,
      unix_socket_dir: "",
      auth_type: "any",
      pool_mode: mode,
      default_pool_size: 5,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    const database = `* = host=127.0.0.1 port=${server.port} user=carryout`;
    writeFileSync(config, `[databases]\n${database}\n[pgbouncer]\n${lines.join("\n")}\n`);
    // It refuses root as well.
    const account = postgresAccount();
    if (account !== null) chownSync(dir, account.uid, account.gid);
    const log = openSync(join(dir, "log"), "a");
    const child = spawn(program, [config], { cwd: dir, stdio: ["ignore", log, log], ...account });
    const pooler = new PgBouncer(dir, port, child);
    await eventually("PgBouncer answers", () => answers(pooler.url)).catch(async (error: unknown) => {
      const said = readFileSync(join(dir, "log"), "utf8");
      await pooler.stop();
      throw new Error(said, { cause: error });
    });
    return pooler;
  }

  get url(): string {
    return `postgres://carryout@127.0.0.1:${this.port}/postgres`;
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && isRunning(pid)) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
