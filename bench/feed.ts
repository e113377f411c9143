/** @module How long a change of a record takes to another process, from the call that writes it. */

import { downloadKey, keyOf } from "../src/download/key.ts";
import { atProgress, sampleDownload, sampleMark } from "../src/ports/contracts/sample-downloads.ts";
import type { Repo, Version } from "../src/ports/repo.ts";
import { Commanded } from "./support/commanded.ts";
import { openBenchEngine } from "./support/engine.ts";
import { arrivalKey, type Calls, machineNow, openRecords } from "./support/follower.ts";
import { type Figure, latencies } from "./support/table.ts";

export const FOLLOWER = new URL("./support/follower.ts", import.meta.url);
/** Records that are written in turn. */
const RECORDS = 200;

type Write = (repo: Repo, index: number, round: number) => Promise<{ key: string; version: Version }>;

export async function feed(seconds: number): Promise<Figure[]> {
  const shared = await openBenchEngine();
  const engine = await openRecords(shared.url, "writer");
  const follower = await Commanded.start<Calls>(FOLLOWER, { url: shared.url });
  const measure = { repo: engine.repo, follower, seconds };
  const slots = updatesOfSlots();
  const marks = ticks();
  const figures: Figure[] = [];
  try {
    for (const rate of [10, 100, 1_000]) {
      const measured = latencies(await delays(measure, rate, slots));
      figures.push({ what: `slot to another process, ${rate} writes/s`, measured });
    }
    for (const rate of [10, 100, 1_000]) {
      const measured = latencies(await delays(measure, rate, marks));
      figures.push({ what: `tick to a process that views all, ${rate} ticks/s`, measured });
    }
    return figures;
  } finally {
    await follower.end("SIGKILL");
    await engine.close();
    await shared.dispose();
  }
}

export async function delays(
  { repo, follower, seconds }: { repo: Repo; follower: Commanded<Calls>; seconds: number },
  rate: number,
  write: Write,
): Promise<number[]> {
  // Every record exists, and every node has noticed that it is followed.
  await Promise.all(Array.from({ length: RECORDS }, (_, index) => write(repo, index, 0)));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await follower.call("arrivals");
  const written = new Map<string, number>();
  const writes: Promise<void>[] = [];
  const beganAt = performance.now();
  for (let index = 0; index < rate * seconds; index++) {
    const dueIn = beganAt + (index * 1_000) / rate - performance.now();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    const calledAt = machineNow();
    const writing = write(repo, index % RECORDS, index).then((record) => {
      written.set(arrivalKey(record), calledAt);
    });
    writes.push(writing);
  }
  await Promise.all(writes);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const arrived = await follower.call("arrivals");
  return arrived.flatMap(([key, at]) => {
    const calledAt = written.get(key);
    return calledAt === undefined ? [] : [at - calledAt];
  });
}

export function updatesOfSlots(): Write {
  const last = new Map<number, Promise<Version>>();
  return async ({ slots }, index, round) => {
    const download = sampleDownload(`user-${index}`);
    const before = last.get(index);
    const writing = (async () => {
      if (before === undefined) return await slots.insert(download);
      return await slots.update(atProgress(download, round % 100), await before);
    })() as Promise<Version>;
    last.set(index, writing);
    return { key: keyOf(download), version: await writing };
  };
}

export function ticks(): Write {
  const last = new Map<number, Promise<Version>>();
  return async ({ work }, index, round) => {
    const key = downloadKey(`user-${index}`, "running");
    const before = last.get(index);
    const writing = (async () =>
      await work.advance(key, sampleMark(round % 100), before === undefined ? null : await before))();
    last.set(index, writing as Promise<Version>);
    return { key, version: (await writing)! };
  };
}
