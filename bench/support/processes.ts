/** @module Node processes to measure, on free ports and a data folder of their own. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** Runs `work` with an empty data folder; ends every process and removes the folder afterwards. */
export async function withProcesses<T>(work: (processes: Processes) => Promise<T>): Promise<T> {
  const processes = new Processes(await mkdtemp(join(tmpdir(), "carryout-bench-")));
  try {
    return await work(processes);
  } finally {
    await processes.end();
  }
}

export class Processes {
  readonly dir: string;
  readonly #children = new Set<ChildProcess>();

  constructor(dir: string) {
    this.dir = dir;
  }

  get engine(): string {
    return `sqlite:${join(this.dir, "data")}`;
  }

  async node(name: string, flags: Record<string, unknown> = {}): Promise<BenchNode> {
    const given = { flags: { engine: this.engine, name, capacity: 2, ...flags }, ownPort: 0 };
    const child = fork(PROGRAM, [JSON.stringify(given)], { execArgv: ["--expose-gc"] });
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
    await rm(this.dir, { recursive: true, force: true });
  }
}
