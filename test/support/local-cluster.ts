/** @module `npm run cluster` as a process, on free ports and in a temporary folder, whose members can be killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNatsServer } from "../../scripts/nats-server.mjs";
import { findProgram } from "../../scripts/system-programs.mjs";
import { withoutPostgres } from "./postgres.testing.ts";
import { isRunning, signal } from "./processes.ts";
import { eventually, freePorts, type RealNode } from "./real-cluster.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = join(ROOT, "scripts/cluster/main.ts");
const STARTED_WITHIN_MS = 180_000;

/** Why tests with this cluster can't run here; false when they can. With CI=true PostgreSQL must be there. */
export function lacksPrograms(engine: "nats" | "postgres" = "nats"): string | false {
  if (engine === "postgres" && withoutPostgres !== false) return withoutPostgres;
  if (engine === "nats" && findNatsServer() === null)
    return "there is no nats-server: npm run setup -- --test fetches it";
  if (findProgram("nginx") === null) return "there is no nginx: apt-get install nginx";
  return false;
}

export interface LocalClusterOptions {
  config: string;
  env?: Record<string, string>;
  engine?: "nats" | "postgres";
}

export class LocalCluster {
  readonly entry: string;
  readonly port: number;
  readonly dir: string;
  /** All its output so far. */
  output = "";
  readonly #child: ChildProcess;
  readonly #seen = new Set<number>();

  private constructor(port: number, dir: string, { config, env = {}, engine = "nats" }: LocalClusterOptions) {
    this.port = port;
    this.dir = dir;
    this.entry = `http://127.0.0.1:${port}`;
    const words = ["--port", String(port), "--dir", dir, "--config", config, "--engine", engine, "--sources"];
    this.#child = spawn(process.execPath, [MAIN, ...words], {
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
  }

  static async start(options: LocalClusterOptions): Promise<LocalCluster> {
    for (;;) {
      const dir = await mkdtemp(join(tmpdir(), "carryout-local-"));
      const cluster = new LocalCluster(await freePorts(3), dir, options);
      const line = await eventually(
        "the local cluster runs",
        async () => /^Open |^cluster: .*/m.exec(cluster.output)?.[0] ?? (cluster.#hasEnded && "ended"),
        STARTED_WITHIN_MS,
      ).catch(String);
      if (line.startsWith("Open")) return cluster;
      await cluster.stop();
      // It also takes ports that were not checked to be free.
      if (!line.includes("in use")) throw new Error(`the local cluster did not start: ${cluster.output}`);
    }
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Process ids of nats-servers or PostgreSQL, nodes and nginx by name, as reported last. */
  pids(): Map<string, number> {
    const told = [
      ...this.output.matchAll(/^(\S+) +\S+ +kill -9 (\d+)$/gm),
      ...this.output.matchAll(/^\S+ (\S+) +serves again, pid (\d+)$/gm),
    ];
    const pids = new Map(told.map(([, name, pid]) => [name as string, Number(pid)]));
    for (const pid of pids.values()) this.#seen.add(pid);
    return pids;
  }

  pidOf(name: string): number {
    const pid = this.pids().get(name);
    if (pid === undefined) throw new Error(`nothing is named ${name}: ${this.output}`);
    return pid;
  }

  /** SIGKILL; returns a function that waits until it serves again. */
  kill(name: string): () => Promise<void> {
    const pid = this.pidOf(name);
    process.kill(pid, "SIGKILL");
    return () => eventually(`${name} serves again`, async () => this.pidOf(name) !== pid).then(() => {});
  }

  /** The token, from the cluster's folder. */
  async operatorToken(): Promise<string> {
    return (await readFile(join(this.dir, "operator-token"), "utf8")).trim();
  }

  /** The living nodes, as nginx's callers see them. */
  async nodes(): Promise<RealNode[]> {
    const response = await fetch(`${this.entry}/cluster/nodes`, {
      headers: { Authorization: `Bearer ${await this.operatorToken()}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`nodes: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { nodes: RealNode[] }).nodes;
  }

  /** The node that a download's `node` names, once the node that is asked knows it. */
  holder(node: string | null): Promise<RealNode> {
    const name = node?.split("/")[0];
    return eventually(
      `${node} is a living node`,
      async () => (await this.nodes()).find((one) => one.name === name) ?? null,
    );
  }

  async allUp(): Promise<void> {
    await eventually("three nodes live", async () => (await this.nodes()).length === 3);
  }

  /** Ends it with this signal, and resolves with its exit code once nothing is running any more. */
  async end(name: NodeJS.Signals): Promise<number | null> {
    this.pids();
    if (!this.#hasEnded) {
      const exited = once(this.#child, "exit");
      this.#child.kill(name);
      await exited;
    }
    await eventually("nothing runs any more", async () => ![...this.#seen].some(isRunning));
    return this.#child.exitCode;
  }

  /** Ends everything in any state, and removes the data. */
  async stop(): Promise<void> {
    for (const pid of this.pids().values()) signal(pid, "SIGCONT");
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), 20_000);
    await this.end("SIGTERM");
    clearTimeout(killer);
    await rm(this.dir, { recursive: true, force: true });
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
