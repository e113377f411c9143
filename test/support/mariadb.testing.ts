/** @module A real MariaDB server on a socket of its own, with data of its own. It asks for no login; its zone is "CET". */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { findProgram } from "../../scripts/system-programs.mjs";
import { eventually, isRunning } from "./real-cluster.ts";

/** For the `skip` of a test: false, or why MariaDB can't be had. With CI=true its tests fail without it. */
export const withoutMariadb =
  findProgram("mariadbd") === null && process.env.CI !== "true" ? "MariaDB is missing" : false;

export class MariadbServer {
  readonly #dir: string;
  #child: ChildProcess | null = null;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Makes a server with an empty database "test" and waits until it answers. */
  static async start(): Promise<MariadbServer> {
    const program = findProgram("mariadbd");
    if (program === null) throw new Error("MariaDB is missing: node scripts/setup.mjs --test installs it");
    const dir = mkdtempSync(join(tmpdir(), "carryout-mariadb-"));
    const server = new MariadbServer(dir);
    const data = join(dir, "data");
    mkdirSync(data);
    // Its own tables for logins, plugins and time zones are not needed.
    const words = [
      "--no-defaults",
      `--datadir=${data}`,
      ...(process.getuid?.() === 0 ? ["--user=root"] : []),
    ];
    try {
      execFileSync(program, [...words, "--bootstrap"], { input: "CREATE DATABASE test;\n", stdio: "pipe" });
      const log = openSync(join(dir, "log"), "a");
      const own = ["--skip-grant-tables", "--skip-networking", `--socket=${server.socketPath}`];
      // A zone with summer time, as the rules for it say it where no zones are installed.
      const env = { ...process.env, TZ: "CET-1CEST,M3.5.0,M10.5.0/3" };
      server.#child = spawn(program, [...words, ...own], { stdio: ["ignore", log, log], env });
      await eventually("MariaDB answers", () => server.#answers());
      return server;
    } catch (error) {
      const log = readFileSync(join(dir, "log"), { encoding: "utf8", flag: "a+" });
      await server.stop();
      throw new Error(`MariaDB could not be started\n${log}`, { cause: error });
    }
  }

  /** For `createPool`, with the database "test". */
  get socketPath(): string {
    return join(this.#dir, "socket");
  }

  async #answers(): Promise<boolean> {
    const connection = await createConnection({ socketPath: this.socketPath, database: "test" });
    await connection.end();
    return true;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid !== undefined && isRunning(child.pid)) {
      const ended = once(child, "exit");
      // Its data need no last flush.
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
