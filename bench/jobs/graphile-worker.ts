/** @module graphile-worker, with the settings of its documentation on performance. */

import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { Happenings, type Kind, type Queue, type QueueOptions } from "./queue.ts";

const FILLED_AT_ONCE = 2_000;

export async function openGraphileWorker({ url, onStart }: QueueOptions): Promise<Queue> {
  const logger = new Logger(() => () => {});
  const shared = { connectionString: url, maxPoolSize: 25, logger };
  const utils = await makeWorkerUtils(shared);
  await utils.migrate();
  const complete = new Happenings();
  const add = async (kind: Kind, n: number) => {
    await utils.addJob(kind, { n });
  };
  return {
    add,
    async fill(count) {
      for (let at = 0; at < count; at += FILLED_AT_ONCE) {
        const length = Math.min(FILLED_AT_ONCE, count - at);
        await utils.addJobs(Array.from({ length }, (_, n) => ({ identifier: "hold", payload: { n } })));
      }
    },
    async live(n) {
      await add("instant", n);
      await complete.of(n);
    },
    async work(places) {
      const runner = await run({
        logger,
        noHandleSignals: true,
        preset: {
          worker: {
            ...shared,
            concurrentJobs: places,
            // More than places would keep jobs from other workers.
            localQueue: { size: places + 1 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
        taskList: {
          hold: async (payload) => {
            onStart(numberOf(payload));
            await new Promise(() => {});
          },
          instant: async (payload) => onStart(numberOf(payload)),
        },
      });
      runner.events.on("job:complete", ({ job }) => complete.happened(numberOf(job.payload), 0));
    },
  };
}

function numberOf(payload: unknown): number {
  return (payload as { n: number }).n;
}
