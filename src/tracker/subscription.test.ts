import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { advance, claim, request } from "../download/transitions.ts";
import { UnavailableError } from "../errors.ts";
import type { RepoEvent, Stored } from "../ports/repo.ts";
import type { WatchEvent } from "./status.ts";
import { Subscription } from "./subscription.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
const KEY = keyOf({ user: "ann", slot: "default" });

function held(id: string, done = 0): Download {
  const asked = request({ user: "ann", slot: "default", kind: "csv", params: {} }, 1, id);
  return advance(claim(asked, "a/1", 1, LIMITS), { done, total: null, message: null }, null);
}

const put = (download: Download, version: number) => ({ type: "put", key: KEY, version, download }) as const;
const stored = (download: Download, version: number): Stored => ({ key: KEY, version, download });
const remove = (version: number): RepoEvent => ({ type: "remove", key: KEY, version });

/** A watcher whose reads of the repo are answered by the test, and the events that it emits. */
function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const questions: ((answer: Stored | null | Error) => void)[] = [];
  const repo = {
    fetch: () =>
      new Promise<Stored | null>((resolve, reject) => {
        questions.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      }),
  };
  const statusOf = (download: Download) => ({ download, node: null, position: null, etaMs: null });
  const watcher = new Subscription({ repo, clock, statusOf }, new AbortController().signal);
  const told: string[] = [];
  const tell = (event: WatchEvent) => {
    if (event.type === "download")
      told.push(`${event.status.download.id} ${event.status.download.progress.done}`);
    else if (event.type === "removed") told.push(`no ${event.id}`);
  };
  void (async () => {
    for await (const event of watcher.changes()) tell(event);
  })();
  return { clock, questions, watcher, told };
}

describe("watcher", () => {
  it("emits changes after the snapshot, never older ones", async () => {
    const { clock, watcher, told } = setUp();
    watcher.apply(put(held("one", 1), 1));
    watcher.apply(put(held("one", 3), 3));
    const snapshot = watcher.begin([stored(held("one", 2), 2)]);
    assert.equal(snapshot.type === "snapshot" && snapshot.downloads[0]?.download.progress.done, 2);
    watcher.apply(put(held("one", 1), 1));
    await clock.advance(1);
    assert.deepEqual(told, ["one 3"]);
  });

  it("begins with the unfinished and the twenty newest finished downloads, and emits the others when they change", async () => {
    const { clock, watcher, told } = setUp();
    const inSlot = (slot: number, made: Download, version: number): Stored => {
      const download = { ...made, slot: `s${slot}`, requestedAt: slot };
      return { key: keyOf(download), version, download };
    };
    const ready = (slot: number): Download => ({ ...held(`${slot}`), state: "ready" });
    const finished = Array.from({ length: 30 }, (_, slot) => inSlot(slot + 1, ready(slot + 1), 1));
    const snapshot = watcher.begin([inSlot(0, held("0"), 1), ...finished]);
    const ids = snapshot.type === "snapshot" ? snapshot.downloads.map(({ download }) => download.id) : [];
    assert.deepEqual(ids, ["0", ...Array.from({ length: 20 }, (_, index) => `${30 - index}`)]);
    watcher.apply({ type: "put", ...inSlot(3, ready(3), 1) });
    watcher.apply({ type: "remove", key: finished[3]!.key, version: 2 });
    await clock.advance(1);
    assert.deepEqual(told, ["no 4"]);
  });

  it("reports a replaced download as removed, then the new one", async () => {
    const { clock, watcher, told } = setUp();
    watcher.begin([stored(held("one"), 1)]);
    watcher.apply(put(held("two"), 2));
    await clock.advance(1);
    assert.deepEqual(told, ["no one", "two 0"]);
  });

  it("checks a record that was not in the snapshot: an outdated change is not emitted", async () => {
    const { clock, questions, watcher, told } = setUp();
    watcher.begin([]);
    watcher.apply(put(held("one"), 1));
    questions[0]?.(null);
    await clock.advance(1);
    watcher.apply(remove(2));
    await clock.advance(1);
    assert.deepEqual(told, []);
  });

  it("does not emit an answer that arrived after the removal", async () => {
    const { clock, questions, watcher, told } = setUp();
    watcher.begin([]);
    watcher.apply(put(held("one"), 1));
    watcher.apply(remove(2));
    questions[0]?.(stored(held("one"), 1));
    await clock.advance(1);
    assert.deepEqual(told, []);
  });

  it("retries while the repo can't answer", async () => {
    const { clock, questions, watcher, told } = setUp();
    watcher.begin([]);
    watcher.apply(put(held("one"), 1));
    questions[0]?.(new UnavailableError("away"));
    await clock.advance(1_000);
    questions[1]?.(stored(held("one", 5), 4));
    watcher.apply(put(held("one", 4), 3));
    await clock.advance(1);
    assert.deepEqual(told, ["one 5"]);
  });

  it("finds out what was removed while the feed was down, even during the snapshot's read", async () => {
    for (const isEarly of [false, true]) {
      const { clock, questions, watcher, told } = setUp();
      if (!isEarly) watcher.begin([stored(held("one"), 1)]);
      watcher.apply({ type: "begin" });
      watcher.apply({ type: "synced" });
      if (isEarly) watcher.begin([stored(held("one"), 1)]);
      questions[0]?.(null);
      await clock.advance(1);
      assert.deepEqual(told, ["no one"]);
    }
  });

  it("keeps records newer than a restarted feed", async () => {
    const { clock, questions, watcher, told } = setUp();
    watcher.begin([stored(held("one"), 5)]);
    watcher.apply({ type: "begin" });
    watcher.apply({ type: "synced" });
    questions[0]?.(stored(held("one"), 5));
    watcher.apply(put(held("one", 1), 5));
    await clock.advance(1);
    assert.deepEqual(told, []);
  });

  it("reads again when the feed restarted during a read", async () => {
    const { clock, questions, watcher, told } = setUp();
    watcher.begin([]);
    watcher.apply(put(held("one"), 1));
    watcher.apply({ type: "begin" });
    watcher.apply({ type: "synced" });
    questions[0]?.(stored(held("one"), 1));
    await clock.advance(1);
    questions[1]?.(null);
    await clock.advance(1);
    assert.deepEqual(told, []);
  });
});
