/** @module Dispatches each run by its generator's isolation: to its own process, a shared one, or this one. */

import type { Executor } from "./executor.ts";
import { inlineExecutor } from "./inline.ts";
import { Pool } from "./process/pool.ts";
import { Shared } from "./process/shared.ts";
import { type ProcessesOptions, Starter } from "./process/starter.ts";
import { requireGenerator } from "./registry.ts";

export interface ExecutorOptions extends ProcessesOptions {
  /** Processes for generators with isolation "process"; none are started if no generator needs one. */
  capacity: number;
}

/**
 * Generators loaded from a module run outside this process. Those given as values can't be loaded elsewhere: all must
 * be inline, and run here. `invalid-config` if one is not.
 */
export function openExecutor(options: ExecutorOptions): Executor {
  const { registry } = options;
  const isUsed = (isolation: string) => registry.all().some((generator) => generator.isolation === isolation);
  if (registry.moduleUrl === null && !isUsed("process")) return inlineExecutor(options);
  const starter = new Starter(options);
  const shared = isUsed("inline") ? new Shared(options, starter) : null;
  const pool = isUsed("process") ? new Pool(options, starter) : null;
  const executors = [shared, pool].filter((executor) => executor !== null);

  return {
    start(job, host) {
      const { isolation } = requireGenerator(registry, job.kind);
      const executor = (isolation === "inline" ? shared : pool) as Executor;
      return executor.start(job, host);
    },
    async ready() {
      const [source = ""] = await Promise.all(executors.map((executor) => executor.ready()));
      return source;
    },
    async close() {
      await Promise.all(executors.map((executor) => executor.close()));
    },
  };
}
