import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { claim, request } from "../download/transitions.ts";
import { UnavailableError } from "../errors.ts";
import { finishedDownload, sampleMark } from "../ports/contracts/sample-downloads.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { WorkEvent } from "../ports/work.ts";
import type { Found, Stage } from "./download-reads.ts";
import type { WatchEvent } from "./status.ts";
import { Subscription } from "./subscription.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };

function held(id: string, done = 0): Download {
  const asked = request({ user: "ann", slot: "default", kind: "csv", params: {} }, 1, id);
  const download = claim(asked, "a/1", 1, LIMITS);
  return { ...download, progress: { ...download.progress, done } };
}

const ready = (id: string, expiresAt: number | null = null): Download => ({
  ...finishedDownload("ann", id, { expiresAt }),
  progress: { done: 100, total: 100, message: null, fraction: 1, etaMs: 0 },
});
const put = (download: Download, version: number): SlotEvent => ({
  type: "put",
  key: keyOf(download),
  version,
  download,
});
const removed = (version: number): SlotEvent => ({ type: "remove", key: keyOf(held("any")), version });
const mark = (id: string, done: number, version = 1): WorkEvent => ({
  type: "put",
  key: downloadKey("ann", id),
  version,
  mark: sampleMark(done),
});
const workRemoved = (id: string): WorkEvent => ({ type: "remove", key: downloadKey("ann", id), version: 99 });
const found = (download: Download, version: number, stage: Stage = "running"): Found => ({
  key: "key",
  version,
  download,
  stage,
});

/** A watcher over records that the test sets; how often it read them, and which events its reader gets. */
async function setUp(...snapshot: Found[]) {
  const clock = new VirtualClock({ seed: 1 });
  const records = new Map(snapshot.map((one) => [one.download.id, one]));
  const state = { failure: null as Error | null, reads: 0, hold: null as Promise<void> | null };
  async function read<Answer>(answer: () => Answer): Promise<Answer> {
    state.reads += 1;
    const now = answer();
    const { hold, failure } = state;
    state.hold = null;
    await hold;
    if (failure) throw failure;
    return now;
  }
  const reads = {
    find: (_user: string, id: string) => read(() => records.get(id) ?? null),
    newest: () => read(() => [...records.values()]),
  };
  const statusOf = (download: Download) => ({ download, node: null, position: null, etaMs: null });
  const watcher = new Subscription({ reads, clock, statusOf }, "ann", new AbortController().signal);
  const told: string[] = [];
  const tell = (event: WatchEvent) => {
    if (event.type === "download") {
      const { id, state: is, progress } = event.status.download;
      told.push(`${id} ${is} ${progress.done}`);
    } else if (event.type === "removed") told.push(`no ${event.id}`);
  };
  void (async () => {
    for await (const event of watcher.changes()) tell(event);
  })();
  const has = (...all: Found[]) => {
    records.clear();
    for (const one of all) records.set(one.download.id, one);
  };
  const settle = async (ms = 1) => {
    await clock.advance(ms);
    return told.splice(0);
  };
  return { clock, watcher, state, has, settle };
}

describe("watcher", () => {
  it("reports changes after the snapshot, never older ones", async () => {
    const { watcher, settle } = await setUp(found(held("one", 2), 2));
    watcher.applySlot(put(held("one", 1), 1));
    watcher.applySlot(put(held("one", 3), 3));
    const snapshot = await watcher.begin();
    assert.equal(snapshot.type === "snapshot" && snapshot.downloads[0]?.download.progress.done, 2);
    watcher.applySlot(put(held("one", 1), 1));
    assert.deepEqual(await settle(), ["one processing 3"]);
  });

  it("shows a later holder's progress once the record names that holder", async () => {
    const { watcher, settle } = await setUp(found(held("one"), 1));
    await watcher.begin();
    const later = mark("one", 40);
    watcher.applyWork({ ...later, mark: sampleMark(40, 2) } as WorkEvent);
    assert.deepEqual(await settle(), []);
    watcher.applySlot(put({ ...held("one"), epoch: 2 }, 5));
    assert.deepEqual(await settle(), ["one processing 40"]);
  });

  it("reports progress from the marks, never decreasing, whatever slot and marks contain", async () => {
    const { watcher, settle } = await setUp(found(held("one"), 1));
    await watcher.begin();
    watcher.applyWork(mark("one", 40));
    assert.deepEqual(await settle(), ["one processing 40"]);
    watcher.applySlot(put({ ...held("one"), epoch: 2 }, 5));
    watcher.applyWork(mark("one", 30, 2));
    assert.deepEqual(await settle(), ["one processing 40"]);
    watcher.applySlot(put({ ...ready("one"), state: "error", progress: held("one", 7).progress }, 6));
    assert.deepEqual(await settle(), ["one error 40"]);
    watcher.applyWork(mark("one", 90, 3));
    assert.deepEqual(await settle(), [], "what is over moves no more");
  });

  it("applies a mark that arrived before its download", async () => {
    const { watcher, has, settle } = await setUp();
    await watcher.begin();
    watcher.applyWork(mark("one", 40));
    has(found(held("one"), 1));
    watcher.applySlot(put(held("one"), 1));
    assert.deepEqual(await settle(), ["one processing 40"]);
  });

  it("reads the records of an unknown download in the feed: an outdated event is not reported", async () => {
    const { watcher, settle, state } = await setUp();
    await watcher.begin();
    watcher.applySlot(put(held("one"), 1));
    assert.deepEqual(await settle(), []);
    watcher.applySlot(removed(2));
    assert.deepEqual(await settle(), []);
    assert.equal(state.reads, 3);
  });

  it("reports a download whose whole life the feed skipped", async () => {
    for (const event of [removed(9), put(held("next"), 9)]) {
      const { watcher, has, settle } = await setUp();
      await watcher.begin();
      has(found(ready("passed"), 3, "archived"));
      watcher.applySlot(event);
      assert.deepEqual(await settle(), ["passed ready 100"]);
    }
  });

  it("reports nothing when a known download is archived, and its removal when its user removes it", async () => {
    const { watcher, has, settle } = await setUp(found(ready("one"), 3, "finished"));
    await watcher.begin();
    has(found(ready("one"), 2, "archived"));
    watcher.applySlot(removed(4));
    watcher.applyWork(workRemoved("one"));
    assert.deepEqual(await settle(), []);
    has();
    watcher.applyWork(workRemoved("one"));
    assert.deepEqual(await settle(), ["no one"]);
  });

  it("reports the removal of a cancelled download, then the new one in its slot", async () => {
    const { watcher, has, settle } = await setUp(found(held("one"), 1));
    await watcher.begin();
    has(found(held("two"), 2));
    watcher.applySlot(put(held("two"), 2));
    assert.deepEqual((await settle()).sort(), ["no one", "two processing 0"]);
  });

  it("does not bring back a removed download because of a read in progress", async () => {
    const { watcher, has, settle, state } = await setUp(found(held("one"), 1));
    await watcher.begin();
    let answer = () => {};
    state.hold = new Promise((resolve) => {
      answer = resolve;
    });
    watcher.restarted(); // this read still contains the download
    await settle();
    has();
    watcher.applyWork(workRemoved("one"));
    assert.deepEqual(await settle(), ["no one"]);
    answer();
    assert.deepEqual(await settle(), []);
  });

  it("retries while the records can't be read", async () => {
    const { watcher, has, settle, state } = await setUp();
    await watcher.begin();
    state.failure = new UnavailableError("away");
    has(found(held("one", 5), 4));
    watcher.applySlot(put(held("one", 5), 4));
    assert.deepEqual(await settle(), []);
    state.failure = null;
    assert.deepEqual(await settle(1_000), ["one processing 5"]);
  });

  it("notices additions and removals while a feed was down, also during the read of the snapshot", async () => {
    for (const isEarly of [false, true]) {
      for (const feed of ["slots", "work"]) {
        const begun = [found(held("one"), 1), found(ready("old"), 1, "archived")];
        const { watcher, has, settle } = await setUp(...begun);
        const restart = () => {
          if (feed === "work") watcher.restarted();
          else for (const type of ["begin", "synced"] as const) watcher.applySlot({ type });
        };
        const beginning = watcher.begin();
        if (isEarly) restart();
        has(found(ready("new"), 5, "archived"));
        await beginning;
        if (!isEarly) restart();
        assert.deepEqual((await settle()).sort(), ["new ready 100", "no old", "no one"]);
      }
    }
  });

  it("keeps a state that is newer than a restarted feed's", async () => {
    const { watcher, settle } = await setUp(found(held("one", 5), 5));
    await watcher.begin();
    watcher.applySlot({ type: "begin" });
    watcher.applySlot(put(held("one", 1), 4));
    watcher.applySlot({ type: "synced" });
    assert.deepEqual(await settle(), []);
  });

  it("reports the removal of an expired download without an event from a feed", async () => {
    const { clock, watcher, settle } = await setUp();
    await watcher.begin();
    const expiresAt = clock.now() + 5_000;
    watcher.applyWork(workRemoved("one"));
    await settle();
    const other = await setUp(found(ready("one", expiresAt), 1, "archived"));
    await other.watcher.begin();
    assert.deepEqual(await other.settle(4_000), []);
    assert.deepEqual(await other.settle(2_000), ["no one"]);
  });
});
