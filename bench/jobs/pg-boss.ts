/** @module pg-boss: woken by NOTIFY, in batches, with the shortest heartbeat that it accepts. */

import { type Job, PgBoss } from "pg-boss";
import { Happenings, type Kind, type Queue, type QueueOptions } from "./queue.ts";

const KINDS: readonly Kind[] = ["hold", "instant"];
/** Its shortest: without one, a killed worker's job runs again after 15 minutes. */
const HEARTBEAT_S = 10;
const FILLED_AT_ONCE = 2_000;

export async function openPgBoss({ url, isWatchful, onStart }: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: url,
    max: 25,
    useListenNotify: true,
    ...(isWatchful && { superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 }),
  });
  boss.on("error", () => {});
  await boss.start();
  for (const kind of KINDS) await boss.createQueue(kind, { notify: true, heartbeatSeconds: HEARTBEAT_S });
  const handled = new Happenings();
  const add = async (kind: Kind, n: number) => {
    await boss.send(kind, { n });
  };
  return {
    add,
    async fill(count) {
      for (let at = 0; at < count; at += FILLED_AT_ONCE) {
        const some = Array.from({ length: Math.min(FILLED_AT_ONCE, count - at) }, (_, n) => ({
          data: { n },
        }));
        await boss.insert("hold", some);
      }
    },
    // It tells nobody that a job is complete; the end of its handler, a little earlier, counts.
    async live(n) {
      await add("instant", n);
      await handled.of(n);
    },
    async work(places) {
      const batchSize = Math.min(places, 50);
      const options = {
        batchSize,
        localConcurrency: Math.ceil(places / batchSize),
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
        // Nobody is notified of a job that is tried again.
        notifyPollingIntervalSeconds: 0.5,
      };
      await boss.work("hold", options, async (jobs: Job<{ n: number }>[]) => {
        for (const { data } of jobs) onStart(data.n);
        await new Promise(() => {});
      });
      await boss.work("instant", options, async (jobs: Job<{ n: number }>[]) => {
        for (const { data } of jobs) {
          onStart(data.n);
          handled.happened(data.n, 0);
        }
      });
    },
  };
}
