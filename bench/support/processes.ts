/** @module Node processes to measure, on free ports and their own engine. */

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

  /** Resolves when the node listens; rejects when its process ends before that. */
  async node(name: string, flags: Record<string, unknown> = {}): Promise<BenchNode> {
    const { url: engine, files } = this.engine;
    const given = {
      flags: { engine, ...(files !== null && { files }), name, capacity: 2, ...flags },
      ownPort: 0,
    };
    const child = fork(PROGRAM, [JSON.stringify(given)], {
      execArgv: ["--expose-gc"],
      env: { ...process.env, CARRYOUT_SECRET: "the nodes of a benchmark share this one" },
    });
    this.#children.add(child);
    const { url } = await nextMessage<{ url: string }>(child, name);
    return {
      name,
      url,
      child,
      usage() {
        const answered = nextMessage<Usage>(child, name);
        child.send("usage");
        return answered;
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

async function nextMessage<T>(child: ChildProcess, name: string): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([message]) => message as T),
      once(child, "exit", { signal }).then(([code, killedBy]) => {
        throw new Error(`${name} ended with ${code ?? killedBy} instead of an answer`);
      }),
    ]);
  } finally {
    settled.abort();
  }
}
