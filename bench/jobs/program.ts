/** @module The program of a process that adds jobs to a queue, or works on them. */

import { inParallel } from "../support/caller.ts";
import { machineMs } from "../support/generators.ts";
import { openCarryoutQueue } from "./carryout.ts";
import { openGraphileWorker } from "./graphile-worker.ts";
import { openPgBoss } from "./pg-boss.ts";
import { Happenings, type Kind, type Queue, type QueueOptions } from "./queue.ts";

const QUEUES = {
  Carryout: openCarryoutQueue,
  "pg-boss": openPgBoss,
  "graphile-worker": openGraphileWorker,
} satisfies Record<string, (options: QueueOptions) => Promise<Queue>>;

export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

export interface Calls {
  /** Milliseconds of each call, and seconds of all. */
  add(
    kind: Kind,
    from: number,
    count: number,
    callers: number,
  ): Promise<{ tookMs: number[]; seconds: number }>;
  /** When it was called, by the machine's clock. */
  addOne(kind: Kind, n: number): Promise<number>;
  fill(count: number): Promise<void>;
  live(from: number, count: number, callers: number): Promise<number>;
  work(places: number): Promise<void>;
  /** When a job began to run in this process, once it has; by the machine's clock. */
  started(n: number): Promise<number>;
  /** How many have begun in this process. */
  starts(): Promise<number>;
}

async function serve(given: Omit<QueueOptions, "onStart"> & { queue: QueueName }): Promise<void> {
  const started = new Happenings();
  let starts = 0;
  const onStart = (n: number) => {
    starts += 1;
    started.happened(n, machineMs());
  };
  const queue = await QUEUES[given.queue]({ ...given, onStart });
  const calls: Calls = {
    async add(kind, from, count, callers) {
      const tookMs: number[] = [];
      const seconds = await inParallel(count, callers, async (index) => {
        const beganAt = performance.now();
        await queue.add(kind, from + index);
        tookMs.push(performance.now() - beganAt);
      });
      return { tookMs, seconds };
    },
    async addOne(kind, n) {
      const calledAt = machineMs();
      await queue.add(kind, n);
      return calledAt;
    },
    fill: (count) => queue.fill(count),
    live: (from, count, callers) => inParallel(count, callers, (index) => queue.live(from + index)),
    work: (places) => queue.work(places),
    started: (n) => started.of(n),
    starts: async () => starts,
  };
  process.on("message", async ({ id, call, given }: { id: number; call: keyof Calls; given: never[] }) => {
    try {
      process.send?.({ id, answer: await (calls[call] as (...all: never[]) => Promise<unknown>)(...given) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("up");
}

if (import.meta.main) await serve(JSON.parse(process.argv[2] as string));
