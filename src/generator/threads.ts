/** @module Runs each generator in a worker thread of its own, with a memory limit: it can harm only itself. */

import { Piscina } from "piscina";
import type { Clock } from "../clock/clock.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import type { Executor } from "./executor.ts";
import { type Registry, requireGenerator } from "./registry.ts";
import type { ThreadData, ThreadTask } from "./thread-protocol.ts";
import { ThreadRun } from "./thread-run.ts";

/** `.ts` when run from source, `.js` when built. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

export interface ThreadOptions {
  /** Must come from a module: each thread loads it again. */
  registry: Registry;
  clock: Clock;
  /** Threads, all kept warm. A run that finds none free waits for one. */
  capacity: number;
  /** Heap of each thread in MiB; default the largest that a generator declares. Buffers do not count. */
  memoryMb?: number;
  /** Hears of threads that died between runs, and were replaced. Default: a process warning. */
  onTrouble?: (error: CarryoutError) => void;
}

/**
 * Threads start now, have the generators loaded before they are used, and are replaced as soon as they end. Only
 * native code that never returns withstands `terminate`.
 */
export function threadExecutor(options: ThreadOptions): Executor {
  const { registry, clock, capacity } = options;
  const { moduleUrl } = registry;
  if (moduleUrl === null) {
    throw new CarryoutError(
      "invalid-config",
      'generators with isolation "thread" must come from a module that threads can load',
    );
  }
  const memoryMb = options.memoryMb ?? Math.max(...registry.all().map((generator) => generator.memoryMb));
  const pool = new Piscina({
    filename: ENTRY.href,
    minThreads: capacity,
    maxThreads: capacity,
    idleTimeout: Number.POSITIVE_INFINITY,
    // Else the pool would freeze the connections of an idle thread until its next run.
    atomics: "disabled",
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    workerData: { moduleUrl } satisfies ThreadData,
  });
  const onTrouble = options.onTrouble ?? ((error) => process.emitWarning(error));
  pool.on("error", (error) => onTrouble(betweenRuns(error)));
  const running = new Set<ThreadRun>();
  const loaded = loadAll(pool, capacity, memoryMb);
  let unusable: CarryoutError | null = null;
  loaded.catch((error) => {
    unusable = error;
    for (const run of running) void run.terminate();
  });
  let isClosed = false;

  return {
    start(job, host) {
      if (isClosed) throw new CarryoutError("closed", "this executor is closed");
      if (unusable !== null) throw unusable;
      requireGenerator(registry, job.kind);
      const run = new ThreadRun({ pool, job, host, clock, memoryMb });
      running.add(run);
      void run.gone.then(() => running.delete(run));
      return run;
    },
    ready: () => loaded,
    async close() {
      isClosed = true;
      await Promise.all([...running].map((run) => run.terminate()));
      await pool.destroy();
    },
  };
}

/** Each thread does one of these tasks, as all are handed out before any can be done. */
async function loadAll(pool: Piscina, capacity: number, memoryMb: number): Promise<void> {
  const task: ThreadTask = { type: "load" };
  let problems: (string | null)[];
  try {
    problems = await Promise.all(Array.from({ length: capacity }, () => pool.run(task)));
  } catch (error) {
    const isMemory = (error as { code?: unknown }).code === "ERR_WORKER_OUT_OF_MEMORY";
    problems = [isMemory ? `the generators need more than ${memoryMb} MiB only to load` : messageOf(error)];
  }
  const problem = problems.find((text) => text !== null);
  if (problem !== undefined) throw new CarryoutError("invalid-config", problem ?? "");
}

function betweenRuns(error: unknown): CarryoutError {
  return new CarryoutError(
    "generation-failed",
    `a thread died between two runs and was replaced: ${messageOf(error)}`,
    { retriable: true, cause: error },
  );
}
