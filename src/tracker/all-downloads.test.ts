import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Download } from "../download/download.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { request } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { finishedDownload, sampleMark } from "../ports/contracts/sample-downloads.ts";
import { AllDownloads, MOST_ARCHIVED } from "./all-downloads.ts";

const NOW = 1_000_000;

function asked(user: string, id: string): Download {
  return request({ user, slot: "default", kind: "fake", params: null }, NOW, id);
}

function watched() {
  const told: string[] = [];
  const { history } = openMemoryRepo(new MemoryStore());
  const all = new AllDownloads(
    { history },
    { put: ({ id, state }) => told.push(`${state} ${id}`), removed: (id) => told.push(`removed ${id}`) },
  );
  let version = 0;
  const put = (download: Download) =>
    all.applySlot({ type: "put", key: keyOf(download), version: ++version, download });
  const remove = (download: Download) =>
    all.applySlot({ type: "remove", key: keyOf(download), version: ++version });
  const settle = async () => {
    await new Promise(setImmediate);
    return told.splice(0);
  };
  return { all, history, put, remove, settle };
}

describe("all downloads", () => {
  it("contains the downloads in slots; one that left its slot and is not in the history is removed", async () => {
    const { all, put, settle } = watched();
    put(asked("ann", "a1"));
    put(asked("bob", "b1"));
    put(asked("ann", "a2"));
    assert.deepEqual(await settle(), ["pending a1", "pending b1", "pending a2", "removed a1"]);
    assert.deepEqual([...all].map(({ id }) => id).sort(), ["a2", "b1"]);
    assert.equal(all.find("a1"), null);
    assert.equal(all.find("a2")?.user, "ann");
  });

  it("contains the history, including downloads that move there", async () => {
    const { all, history, put, remove, settle } = watched();
    await history.put(finishedDownload("eve", "e1"));
    await all.readHistory();
    assert.deepEqual(await settle(), ["ready e1"]);
    const ready = finishedDownload("ann", "a1");
    put(asked("ann", "a1"));
    await history.put(ready);
    remove(ready);
    assert.deepEqual(await settle(), ["pending a1", "ready a1"]);
  });

  it("contains only the newest of a long history, of one user or of all", async () => {
    const { all, history } = watched();
    const count = 2 * MOST_ARCHIVED + 5;
    for (let at = 0; at < count; at++)
      await history.put(finishedDownload(at % 2 ? "ann" : "bob", `id${at}`, { requestedAt: at }));
    assert.equal(await all.readHistory(), true);
    const times = [...all].map(({ requestedAt }) => requestedAt);
    assert.deepEqual([times.length, Math.min(...times)], [MOST_ARCHIVED, count - MOST_ARCHIVED]);
    assert.equal(await all.readHistory("ann"), true);
    const ofAnn = [...all].filter(({ user }) => user === "ann");
    assert.equal(ofAnn.length, MOST_ARCHIVED);
    await history.remove(downloadKey("ann", "id1"));
    await history.remove(downloadKey("ann", "id3"));
    assert.equal(await all.readHistory("ann"), false);
  });

  it("notices a removal from the history through the removal of its work", async () => {
    const { all, history, settle } = watched();
    await history.put(finishedDownload("eve", "e1"));
    await all.readHistory();
    await settle();
    const key = downloadKey("eve", "e1");
    all.applyWork({ type: "remove", key, version: 1 });
    assert.deepEqual(await settle(), ["ready e1"]);
    await history.remove(key);
    all.applyWork({ type: "remove", key, version: 2 });
    assert.deepEqual(await settle(), ["removed e1"]);
  });

  it("shows progress that never decreases", async () => {
    const { all, put } = watched();
    put(asked("ann", "a1"));
    const key = downloadKey("ann", "a1");
    all.applyWork({ type: "put", key, version: 1, mark: sampleMark(40) });
    all.applyWork({ type: "put", key, version: 2, mark: sampleMark(30) });
    put({ ...asked("ann", "a1"), epoch: 1 });
    assert.equal(all.find("a1")?.progress.done, 40);
  });

  it("drops downloads that a new snapshot does not contain", async () => {
    const { all, put, settle } = watched();
    put(asked("ann", "a1"));
    put(asked("bob", "b1"));
    await settle();
    all.applySlot({ type: "begin" });
    put(asked("bob", "b1"));
    all.applySlot({ type: "synced" });
    assert.deepEqual(await settle(), ["pending b1", "removed a1"]);
  });
});
