import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Download } from "../download/download.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { claim, request } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { finishedDownload, sampleMark } from "../ports/contracts/sample-downloads.ts";
import type { Repo } from "../ports/repo.ts";
import { DownloadReads } from "./download-reads.ts";
import { SlotIndex } from "./slot-index.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
const NOW = 1_000;

function running(slot: string, id = `id-${slot}`, requestedAt = NOW): Download {
  const asked = request({ user: "ann", slot, kind: "csv", params: null }, requestedAt, id);
  return claim(asked, "a/1", requestedAt, LIMITS);
}

function ready(id: string, requestedAt: number, changes: Partial<Download> = {}): Download {
  return finishedDownload("ann", id, { requestedAt, expiresAt: NOW + 1, slot: id, ...changes });
}

/** A user's downloads, and which reads were made. */
function setUp() {
  const inner = openMemoryRepo(new MemoryStore());
  const calls: string[] = [];
  const counted = <Facet extends object>(name: string, facet: Facet): Facet =>
    Object.fromEntries(
      Object.entries(facet).map(([method, call]) => [
        method,
        (...given: unknown[]) => {
          calls.push(`${name}.${method}`);
          return (call as (...args: unknown[]) => unknown)(...given);
        },
      ]),
    ) as Facet;
  const repo: Repo = {
    slots: counted("slots", inner.slots),
    work: counted("work", inner.work),
    history: counted("history", inner.history),
    close: () => inner.close(),
  };
  const slotIndex = new SlotIndex();
  const unfinished = new Set<string>();
  const reads = new DownloadReads({
    repo,
    clock: { now: () => NOW },
    keyOf: (id) => slotIndex.of(id),
    isUnfinished: (id) => unfinished.has(id),
  });
  return { repo: inner, reads, slotIndex, unfinished, calls };
}

const ids = (found: { download: Download }[]) => found.map(({ download }) => download.id);

describe("a download requested by its id", () => {
  it("is read from its slot, with its work, if the slot is known", async () => {
    const { repo, reads, slotIndex, unfinished, calls } = setUp();
    const download = running("b");
    await repo.slots.insert(download);
    await repo.work.advance(downloadKey("ann", download.id), sampleMark(40), null);
    slotIndex.note(download.id, keyOf(download));
    unfinished.add(download.id);
    const found = await reads.find("ann", download.id);
    assert.deepEqual([found?.stage, found?.download.progress.done], ["running", 40]);
    assert.deepEqual(calls, ["work.list", "slots.fetch"]);
  });

  it("is found even if the slot is not known", async () => {
    const { repo, reads } = setUp();
    await repo.slots.insert(running("c"));
    assert.equal((await reads.find("ann", "id-c"))?.download.slot, "c");
    assert.equal(await reads.find("ann", "id-x"), null);
    assert.equal(await reads.find("ann", "no id/at all"), null);
  });

  it("takes one read of the history once it has finished, even when another download has its slot", async () => {
    const { repo, reads, slotIndex, calls } = setUp();
    await repo.history.put(ready("old", 1, { slot: "b" }));
    await repo.slots.insert(running("b"));
    slotIndex.note("old", keyOf({ user: "ann", slot: "b" }));
    assert.equal((await reads.find("ann", "old"))?.stage, "archived");
    assert.deepEqual(calls, ["history.fetch"]);
    assert.equal(await reads.find("bob", "old"), null);
  });

  it("is found while it moves from its slot to the history", async () => {
    const { repo, reads, slotIndex, unfinished } = setUp();
    const download = ready("moving", 1);
    await repo.slots.insert(download);
    slotIndex.note("moving", keyOf(download));
    unfinished.add("moving");
    const finding = reads.find("ann", "moving"); // its marks are being read
    await repo.history.put(download);
    const stored = await repo.slots.fetch(keyOf(download));
    await repo.slots.remove(keyOf(download), stored?.version ?? 0);
    assert.notEqual(await finding, null);
  });
});

describe("a user's list", () => {
  it("contains unfinished, then finished downloads, newest first, in pages without gaps or duplicates", async () => {
    const { repo, reads } = setUp();
    for (const [slot, at] of [
      ["a", 5],
      ["b", 9],
    ] as const)
      await repo.slots.insert(running(slot, `id-${slot}`, at));
    for (let at = 1; at <= 6; at += 1) await repo.history.put(ready(`old-${at}`, at));
    const all = ["id-b", "id-a", "old-6", "old-5", "old-4", "old-3", "old-2", "old-1"];
    assert.deepEqual(ids(await reads.list("ann", 100)), all);
    for (const limit of [1, 2, 3, 5]) {
      const paged: string[] = [];
      for (let after: Download | null = null; ; ) {
        const page = await reads.list("ann", limit, after);
        paged.push(...ids(page));
        after = page.at(-1)?.download ?? null;
        if (page.length < limit) break;
      }
      assert.deepEqual(paged, all);
    }
    assert.deepEqual(ids(await reads.newest("ann", 2)), ["id-b", "id-a", "old-6", "old-5"]);
  });

  it("skips expired downloads, however many there are", async () => {
    const { repo, reads } = setUp();
    for (let at = 10; at < 40; at += 1) await repo.history.put(ready(`over-${at}`, at, { expiresAt: NOW }));
    await repo.history.put(ready("kept", 1));
    assert.deepEqual(ids(await reads.list("ann", 3)), ["kept"]);
  });

  it("contains a finished download that is still in its slot exactly once", async () => {
    const { repo, reads } = setUp();
    await repo.slots.insert(ready("half", 5));
    await repo.history.put(ready("half", 5));
    await repo.slots.insert(ready("whole", 3));
    const found = await reads.list("ann", 10);
    assert.deepEqual(ids(found), ["half", "whole"]);
    assert.deepEqual(
      found.map(({ stage }) => stage),
      ["archived", "finished"],
    );
  });
});

describe("a download that finishes and moves to the history between two reads", () => {
  for (const what of ["list", "newest"] as const) {
    it(`is in a ${what === "list" ? "list" : "snapshot"} once, as finished`, async () => {
      const { repo } = setUp();
      const before = running("moving", "moving", 5);
      await repo.slots.insert(before);
      await repo.history.put(ready("older", 1));
      const list = async (user: string) => {
        const inSlots = await repo.slots.list(user);
        await repo.history.put(ready("moving", 5));
        await repo.slots.remove(keyOf(before), inSlots[0]!.version);
        return inSlots;
      };
      const reads = new DownloadReads({
        repo: { ...repo, slots: { ...repo.slots, list } },
        clock: { now: () => NOW },
        keyOf: () => undefined,
        isUnfinished: () => false,
      });
      const found = await reads[what]("ann", 2);
      assert.deepEqual(
        found.map(({ download, stage }) => [download.id, stage]),
        [
          ["moving", "archived"],
          ["older", "archived"],
        ],
      );
    });
  }
});

describe("slotIndex", () => {
  it("is bounded, and forgets the oldest first", () => {
    const slotIndex = new SlotIndex();
    for (let index = 0; index < 30_000; index++) slotIndex.note(`id-${index}`, `key-${index}`);
    assert.equal(slotIndex.of("id-0"), undefined);
    assert.equal(slotIndex.of("id-29999"), "key-29999");
    assert.equal(slotIndex.of("id-10000"), "key-10000");
  });
});
