/** @module Node processes to measure, on free ports and an engine of their own. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type BenchEngine, openBenchEngine } from "./engine.ts";

export interface Usage {
  heapUsed: number;
  external: number;
  rss: number;
  cpu: { user: number; system: number };
}

export interface BenchNode {
  name: string;
  url: string;
  child: ChildProcess;
  usage(): Promise<Usage>;
}

const PROGRAM = fileURLToPath(new URL("./bench-node.ts", import.meta.url));

/** Runs `work` with an empty engine; ends every process and disposes of the engine afterwards. */
export async function withProcesses<T>(work: (processes: Processes) => Promise<T>): Promise<T> {
  const processes = new Processes(await openBenchEngine());
  try {
    return await work(processes);
  } finally {
    await processes.end();
  }
}

export class Processes {
  readonly engine: BenchEngine;
  readonly #children = new Set<ChildProcess>();

  constructor(engine: BenchEngine) {
    this.engine = engine;
  }

  async node(name: string, flags: Record<string, unknown> = {}): Promise<BenchNode> {
    const given = { flags: { engine: this.engine.url, name, capacity: 2, ...flags }, ownPort: 0 };
    const child = fork(PROGRAM, [JSON.stringify(given)], {
      execArgv: ["--expose-gc"],
      env: { ...process.env, CARRYOUT_SECRET: "the nodes of a benchmark share this one" },
    });
    this.#children.add(child);
    const [{ url }] = (await once(child, "message")) as [{ url: string }];
    return {
      name,
      url,
      child,
      async usage() {
        const answered = once(child, "message");
        child.send("usage");
        return ((await answered) as [Usage])[0];
      },
    };
  }

  async end(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    await this.engine.dispose();
  }
}
