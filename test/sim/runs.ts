/** @module Every run of a generator on every machine: where it runs, and why it ended. */

import {
  type Executor,
  type Host,
  InterruptedError,
  type Job,
  type Outcome,
  type Run,
} from "../../src/generator/executor.ts";
import { short } from "./history.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

export interface RunSeen {
  readonly machine: Machine;
  readonly downloadId: string;
  /** The epoch of its claim; null when its node never held the download. */
  readonly epoch: number | null;
  /** By the machine's own clock. */
  readonly beganAt: number;
  /** The last sign of life, by the machine's own clock; not silent while it waits for storage. */
  lastSignAt: number;
  waiting: number;
  isOver: boolean;
  /** The process it shares with others ends: nothing it does has any effect from then on. */
  interrupt(company: number): void;
}

/** The key of a download's epoch. */
export function claimOf({ downloadId, epoch }: Pick<RunSeen, "downloadId" | "epoch">): string {
  return `${downloadId} ${epoch}`;
}

/** Wraps a machine's executor; its events are reported to the world's invariants. */
export function watchedExecutor(
  world: World,
  machine: Machine,
  inner: Executor,
  revisionOf: (kind: string) => string | null,
): Executor {
  return {
    ready: () => inner.ready(),
    close: () => inner.close(),
    start: (job, host) => begin(world, machine, inner, job, host, revisionOf(job.kind)),
  };
}

function begin(
  world: World,
  machine: Machine,
  inner: Executor,
  job: Job,
  host: Host,
  revision: string | null,
): Run {
  const at = machine.clock.monotonic();
  const seen: RunSeen = {
    machine,
    downloadId: job.downloadId,
    epoch: machine.id === null ? null : world.records.epochHeld(job.downloadId, machine.id),
    beganAt: at,
    lastSignAt: at,
    waiting: 0,
    isOver: false,
    interrupt: () => {},
  };
  const from = job.resume ? `from byte ${job.resume.size}` : "from the start";
  world.history.add(machine.name, `runs ${short(job.downloadId)} e${seen.epoch} ${from}`);
  world.runs.add(seen);
  world.happened({ type: "run began", run: seen, resumedBytes: job.resume?.size ?? 0, revision });
  const run = inner.start(job, watchedHost(seen, host));
  const interrupted = Promise.withResolvers<Outcome>();
  const end = (how: string, wasInterrupted = false) => {
    if (seen.isOver) return;
    seen.isOver = true;
    world.endRun(seen, wasInterrupted);
    world.history.add(machine.name, `run of ${short(job.downloadId)} e${seen.epoch} ${how}`);
  };
  seen.interrupt = (company) => {
    machine.gate.enter(() => {
      if (seen.isOver) return;
      end("is interrupted", true);
      interrupted.reject(new InterruptedError("its process ended", company));
      void run.terminate();
    });
  };
  interrupted.promise.catch(() => undefined);
  run.done.then(
    () => end("is complete"),
    (error) => end(`ends: ${error instanceof Error ? error.message : error}`),
  );
  return {
    begun: run.begun,
    done: Promise.race([run.done, interrupted.promise]),
    hurry: () => run.hurry(),
    abort: () => {
      if (!seen.isOver) world.happened({ type: "run given up", run: seen });
      end("is given up");
      run.abort();
    },
    terminate: () => run.terminate(),
  };
}

function watchedHost(seen: RunSeen, host: Host): Host {
  const sign = () => {
    seen.lastSignAt = seen.machine.clock.monotonic();
  };
  async function waiting<T>(act: () => Promise<T>): Promise<T> {
    seen.waiting++;
    try {
      return await act();
    } finally {
      seen.waiting--;
      sign();
    }
  }
  return {
    part: (bytes, sha256) => waiting(() => host.part(bytes, sha256)),
    checkpoint: (state, size, hash) => waiting(() => host.checkpoint(state, size, hash)),
    progress: (done, total, message) => {
      sign();
      host.progress(done, total, message);
    },
    alive: () => {
      sign();
      host.alive();
    },
    stateTooLarge: (sizeBytes) => host.stateTooLarge(sizeBytes),
    allSaved: () => host.allSaved(),
  };
}
