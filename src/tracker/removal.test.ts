import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../clock/system.ts";
import type { Download } from "../download/download.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { request } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { UnavailableError } from "../errors.ts";
import { finishedDownload, sampleMark, sampleSaved } from "../ports/contracts/sample-downloads.ts";
import type { Repo } from "../ports/repo.ts";
import { silentLog } from "../telemetry/log.ts";
import { DownloadReads } from "./download-reads.ts";
import { removeDownload } from "./removal.ts";

const RUNNING = request({ user: "ann", slot: "default", kind: "k", params: {} }, 0, "id");
const READY = finishedDownload("ann", "id");
const KEY = downloadKey("ann", "id");

/** Bytes and work of a download with this id, and where its record is. */
async function world(refusal: () => UnavailableError | null = () => null) {
  const inner = openMemoryRepo(new MemoryStore());
  const files = new MemoryFileStore({ clock: systemClock });
  await files.put("id/1/0", new Uint8Array([1]));
  await inner.work.advance(KEY, sampleMark(1), null);
  await inner.work.save(KEY, sampleSaved(1), null);
  const hasBytes = async () => {
    for await (const _part of files.list("id/")) return true;
    return false;
  };
  const refuse = async () => {
    const error = refusal();
    if (error && (await hasBytes())) throw error;
  };
  const repo: Repo = {
    ...inner,
    slots: {
      ...inner.slots,
      remove: async (key, version) => {
        await refuse();
        return inner.slots.remove(key, version);
      },
    },
    work: {
      ...inner.work,
      remove: async (key) => {
        const error = interruption.pop();
        if (error) throw error;
        await inner.work.remove(key);
      },
    },
  };
  const interruption: Error[] = [];
  const interrupt = () => interruption.push(new UnavailableError("disconnected"));
  const cancelled: Download[] = [];
  const reads = new DownloadReads({
    repo: inner,
    clock: systemClock,
    keyOf: () => undefined,
    isUnfinished: () => false,
  });
  const onCancelled = ({ download }: { download: Download }) => cancelled.push(download);
  const context = { repo, files, log: silentLog, reads, onCancelled };
  const left = async () => ({
    inSlot: (await inner.slots.fetch(keyOf(RUNNING))) !== null,
    inHistory: (await inner.history.find("id")) !== null,
    works: (await inner.work.keys()).length,
    hasBytes: await hasBytes(),
  });
  const remove = (user = "ann") => removeDownload(context, user, "id");
  return { repo: inner, cancelled, left, remove, interrupt };
}

const NOTHING = { inSlot: false, inHistory: false, works: 0, hasBytes: false };

test("removing a running download cancels it: slot, work and bytes are gone", async () => {
  const { repo, cancelled, left, remove } = await world();
  await repo.slots.insert(RUNNING);
  assert.equal(await remove("bob"), false);
  assert.equal(await remove(), true);
  assert.deepEqual(await left(), NOTHING);
  assert.equal(cancelled.length, 1);
  assert.equal(await remove(), false);
});

test("removing a download in the history dismisses it, and archiving in progress can't bring it back", async () => {
  for (const where of ["history", "both", "slot"]) {
    const { repo, cancelled, left, remove } = await world();
    if (where !== "slot") await repo.history.put(READY);
    if (where !== "history") await repo.slots.insert(READY);
    assert.equal(await remove("bob"), false);
    assert.equal(await remove(), true);
    assert.deepEqual(await left(), NOTHING, where);
    assert.deepEqual(cancelled, []);
    assert.equal(await repo.history.put(READY), false);
  }
});

test("removing an unknown id leaves nothing behind", async () => {
  const { repo, remove } = await world();
  assert.equal(await remove(), false);
  assert.equal(await repo.history.put(READY), true);
});

test("repeating a removal that ended before watchers were notified notifies them", async () => {
  const { repo, left, remove, interrupt } = await world();
  await repo.work.remove(KEY);
  await repo.history.put(READY);
  interrupt();
  await assert.rejects(remove(), { code: "unavailable" });
  const stop = new AbortController();
  const events = repo.work.watch("ann", stop.signal)[Symbol.asyncIterator]();
  while ((await events.next()).value?.type !== "synced");
  const next = events.next();
  assert.equal(await remove(), false);
  const { value } = await next;
  assert.deepEqual([value?.type, value?.type === "remove" && value.key], ["remove", KEY]);
  assert.deepEqual(await left(), NOTHING);
  stop.abort();
});

test("on a full disk, removing the bytes first frees the space to remove the record", async () => {
  const { repo, left, remove } = await world(
    () => new UnavailableError("disk full", { details: { isFull: true } }),
  );
  await repo.slots.insert(RUNNING);
  assert.equal(await remove(), true);
  assert.deepEqual(await left(), NOTHING);
});

test("on any other failure the bytes are kept, like the record", async () => {
  const { repo, left, remove } = await world(() => new UnavailableError("disconnected"));
  await repo.slots.insert(RUNNING);
  await assert.rejects(remove(), { code: "unavailable" });
  const { inSlot, hasBytes } = await left();
  assert.deepEqual([inSlot, hasBytes], [true, true]);
});
