/** @module Sends each run to where its generator wants to be: a thread or the event loop. */

import type { Clock } from "../clock/clock.ts";
import type { CarryoutError } from "../errors.ts";
import type { Executor } from "./executor.ts";
import { inlineExecutor } from "./inline.ts";
import { type Registry, requireGenerator } from "./registry.ts";
import { threadExecutor } from "./threads.ts";

export interface ExecutorOptions {
  registry: Registry;
  clock: Clock;
  /** Worker threads; none are started when every generator is inline. */
  capacity: number;
  /** Heap of each thread in MiB; default the largest that a generator declares. */
  memoryMb?: number;
  onTrouble?: (error: CarryoutError) => void;
}

/** `invalid-config` when a generator needs a thread and the registry names no module. */
export function openExecutor(options: ExecutorOptions): Executor {
  const { registry } = options;
  const inline = inlineExecutor(options);
  const needsThreads = registry.all().some((generator) => generator.isolation === "thread");
  const threads = needsThreads ? threadExecutor(options) : null;
  const executors = threads === null ? [inline] : [inline, threads];

  return {
    start(job, host) {
      const { isolation } = requireGenerator(registry, job.kind);
      return (isolation === "thread" && threads !== null ? threads : inline).start(job, host);
    },
    async ready() {
      await Promise.all(executors.map((executor) => executor.ready()));
    },
    async close() {
      await Promise.all(executors.map((executor) => executor.close()));
    },
  };
}
