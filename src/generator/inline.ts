/** @module Runs generators concurrently on this process's event loop, for registries of values. */

import { CarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Executor, Host, Job, Run } from "./executor.ts";
import { loadFileHash } from "./file-hash.ts";
import { generate, type Running } from "./generation.ts";
import { type Registry, requireGenerator } from "./registry.ts";

/**
 * For tests, simulations and applications that give generators as values, which can't be loaded elsewhere. Waits and
 * reads the time only through the clock; after `ready()` nothing depends on real time. A generator that computes
 * without waiting blocks the whole process, and one that throws in its own callback may end it.
 */
export function inlineExecutor({ registry, clock }: { registry: Registry; clock: Clock }): Executor {
  const running = new Set<Running>();
  let isClosed = false;

  function start(job: Job, host: Host): Run {
    if (isClosed) throw new CarryoutError("closed", "this executor is closed");
    const run = generate(requireGenerator(registry, job.kind), job, host, clock);
    running.add(run);
    const forget = () => running.delete(run);
    run.done.then(forget, forget);
    return {
      begun: Promise.resolve(),
      done: run.done,
      hurry: run.hurry,
      abort: run.abort,
      terminate: async () => run.abandon(),
    };
  }

  return {
    start,
    async ready() {
      await loadFileHash();
      return "";
    },
    async close() {
      isClosed = true;
      for (const run of running) run.abandon();
    },
  };
}
