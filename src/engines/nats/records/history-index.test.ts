import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { HistoryIndex } from "./history-index.ts";
import { RecordPatience } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";
import { streamIndexOf } from "./record-subjects.ts";

const HOUR_MS = 3_600_000;

/** The names published to the streams of an index, as `stream name`. */
function indexOver(streams: number) {
  const clock = new VirtualClock({ seed: 1 });
  const published: string[] = [];
  const names = new Map<number, string[]>();
  const fakes = Array.from({ length: streams }, (_, index) => ({
    index,
    silentMs: 0,
    publish: async (name: string) => void published.push(`${index} ${name}`),
    names: async (filter: string) =>
      (names.get(index) ?? []).filter((name) => name.startsWith(filter.slice(0, filter.indexOf("*")))),
  }));
  const link = { cutOffMs: () => null, closed: false } as unknown as NatsLink;
  const patience = new RecordPatience({ link, clock, closing: new AbortController().signal });
  const index = new HistoryIndex({ streams: fakes as unknown as RecordStream[], clock, patience });
  return { clock, index, published, names };
}

test("a download is indexed by its id and its time in one message, and the slice of its time is announced", async () => {
  const { index, published } = indexOver(3);
  await index.note("YW5u.one", 1_200_007);
  const stream = streamIndexOf("one.", 3);
  assert.deepEqual(published.sort(), [`${stream} slice.2`, `${stream} due.2.one.1200007.YW5u`].sort());
  published.length = 0;
  await index.note("YW5u.two", null);
  assert.deepEqual(published, [`${streamIndexOf("two.", 3)} due.never.two.never.YW5u`]);
});

test("a slice in use is announced again long before an empty one may be removed", async () => {
  const { clock, index, published } = indexOver(1);
  const slices = () => published.filter((name) => name.includes("slice."));
  for (let minutes = 0; minutes < 120; minutes += 1) {
    const before = slices().length;
    await index.note(`YW5u.${minutes}`, 5);
    await clock.advance(60_000);
    assert.ok(minutes > 0 || slices().length === before + 1);
  }
  assert.ok(slices().length >= 2 * (120 / 60) + 1, "several times an hour");
  assert.ok(slices().length <= 13, "not with each download");
});

test("due downloads are returned in order of time over all streams, from the slices in use", async () => {
  const { index, names } = indexOver(2);
  names.set(0, ["slice.0", "slice.6", "due.0.a.9.YQ", "due.0.b.4.YQ", `due.6.c.${HOUR_MS}.YQ`]);
  names.set(1, ["slice.0", "due.0.d.7.Yg"]);
  const due = async (until: number) => {
    const found: string[] = [];
    for await (const dues of index.due(until)) found.push(...dues.map(({ key, time }) => `${time} ${key}`));
    return found;
  };
  assert.deepEqual(await due(8), ["4 YQ.b", "7 Yg.d"]);
  assert.deepEqual(await due(HOUR_MS), ["4 YQ.b", "7 Yg.d", "9 YQ.a", `${HOUR_MS} YQ.c`]);
  assert.deepEqual(await due(-1), []);
});
