import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { encodeDownload } from "../../../download/codec.ts";
import { downloadKey } from "../../../download/key.ts";
import { finishedDownload } from "../../../ports/contracts/sample-downloads.ts";
import type { HistorySearch } from "../../../ports/history.ts";
import { FakeStream } from "./fake-stream.testing.ts";
import { searchHistory } from "./history-search.ts";

const BOUNDS = { firstWidth: 8, few: 3, most: 12, windows: 2 };
const KINDS = ["a", "b", "c"];

type Searched = FakeStream & { versionOf(sequence: number): number; silentMs: number };

function stream(clock: VirtualClock): Searched {
  return Object.assign(new FakeStream(clock), { versionOf: (sequence: number) => sequence, silentMs: 0 });
}

/** Two streams with records, removals and long gaps, written over time. */
async function written(clock: VirtualClock) {
  const streams = [stream(clock), stream(clock)];
  const kept = new Map<string, string>();
  for (let index = 0; index < 200; index += 1) {
    const user = `user-${index % 5}`;
    const kind = KINDS[index % 3]!;
    const download = finishedDownload(user, `id-${index}`, { kind, requestedAt: index });
    const key = downloadKey(user, download.id);
    const into = streams[index % 2]!;
    // An entry that is written again leaves a gap at its first place.
    for (let again = index % 50 === 7 ? 40 : 0; again > 0; again -= 1) into.write(key, "torn");
    into.write(key, encodeDownload(download));
    if (index % 9 === 4) into.write(key, null);
    else kept.set(download.id, kind);
    await clock.advance(3);
  }
  return { streams, kept };
}

/** Lets the stream's answers arrive. */
async function settled<Answer>(clock: VirtualClock, asking: Promise<Answer>): Promise<Answer> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  asking.then(settle, settle);
  while (!isSettled) await clock.advance(50);
  return asking;
}

for (const limit of [1, 7, 50]) {
  test(`${limit} at a time: every match once, however few records a call reads`, async () => {
    const clock = new VirtualClock({ seed: 5 });
    const { streams, kept } = await written(clock);
    const patience = { ask: <Answer>(_stream: unknown, question: () => Promise<Answer>) => question() };
    const found = async (search: Omit<HistorySearch, "limit">): Promise<string[]> => {
      const ids: string[] = [];
      for (let after: string | undefined; ; ) {
        const asking = searchHistory({ ...search, limit, after }, { streams, patience, bounds: BOUNDS });
        const page = await settled(clock, asking);
        assert.ok(page.found.length <= limit);
        ids.push(...page.found.map(({ download }) => download.id));
        if (page.next === null) return ids;
        after = page.next;
      }
    };
    for (const kind of [undefined, ...KINDS]) {
      const wanted = [...kept].filter(([, of]) => kind === undefined || of === kind).map(([id]) => id);
      const ids = await found({ kind });
      assert.deepEqual(ids.toSorted(), wanted.toSorted(), String(kind));
      const numbers = ids.map((id) => Number(id.slice(3)));
      assert.ok(numbers[0]! > 150 && numbers.at(-1)! < 50, "the latest come first");
    }
    assert.deepEqual(await found({ state: "error" }), []);
  });
}

test("a place of another cluster is refused", async () => {
  const clock = new VirtualClock({ seed: 5 });
  const patience = { ask: <Answer>(_stream: unknown, question: () => Promise<Answer>) => question() };
  for (const after of ["", "8~5", "8~5.x", "0~5.5", "8~5.5.5"]) {
    const asking = searchHistory({ limit: 1, after }, { streams: [stream(clock), stream(clock)], patience });
    await assert.rejects(asking, { code: "invalid-request" }, after);
  }
});
