/** @module The part of the Repo suite about what is done over its parts in one step, for adapters that support it. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { downloadKey, keyOf } from "../../download/key.ts";
import { encodeSaved } from "../../download/work-codec.ts";
import type { Repo, Stored } from "../repo.ts";
import type { StoredWork } from "../work.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { atProgress, finishedDownload, sampleDownload, sampleMark, sampleSaved } from "./sample-downloads.ts";

const READY = finishedDownload("ann", "id_1-A");
const KEY = downloadKey("ann", READY.id);

/** Registers the tests; called by `repoContract`. */
export function archiveContract(make: () => Promise<RepoCluster>): void {
  describe("archive and takeover in one step, where supported", () => {
    let cluster: RepoCluster;
    let one: Repo;
    let two: Repo;

    beforeEach(async () => {
      cluster = await make();
      [one, two] = await Promise.all([cluster.open(), cluster.open()]);
      await one.work.advance(KEY, sampleMark(1), null);
      await one.work.save(KEY, sampleSaved(1), null);
    });
    afterEach(() => cluster.dispose());

    async function inSlot(): Promise<Stored> {
      await one.slots.insert(READY);
      return (await one.slots.fetch(keyOf(READY)))!;
    }

    test("moves the download to the history, and removes its work and its slot", async () => {
      if (!one.archive) return;
      const finished = await inSlot();
      assert.equal((await one.archive(finished))?.isKept, true);
      assert.deepEqual((await two.history.fetch(KEY))?.download, READY);
      assert.equal(await two.slots.fetch(finished.key), null);
      assert.deepEqual(await two.work.fetch(KEY), { mark: null, saved: null });
      assert.equal(await two.archive?.(finished), null);
      assert.notEqual(await two.slots.insert(READY), null);
    });

    test("the version that it returns is that of the removal that watchers see", async () => {
      if (!one.archive) return;
      const finished = await inSlot();
      const abort = new AbortController();
      for await (const event of two.slots.watch(abort.signal)) {
        if (event.type === "synced") {
          const archived = await one.archive(finished);
          assert.ok(archived && archived.version > finished.version);
          finished.version = archived.version;
        } else if (event.type === "remove") {
          assert.deepEqual(event, { type: "remove", key: finished.key, version: finished.version });
          abort.abort();
        }
      }
    });

    test("claims a slot and takes over its work", async () => {
      if (!one.claim) return;
      const running = sampleDownload("ann", { id: READY.id, state: "processing", node: "n1/1", epoch: 1 });
      const download = { ...running, node: "n2/1", epoch: 2 };
      const version = (await one.slots.insert(running))!;
      const before = await two.work.fetch(KEY);
      const seen: StoredWork[] = [];
      const taken = { mark: { ...sampleMark(1), epoch: 2 }, saved: { ...sampleSaved(1), epoch: 2 } };
      const take = (stored: StoredWork) => {
        seen.push(stored);
        return taken;
      };
      assert.equal(await one.claim({ download, version: version + 1, take }), null);
      assert.deepEqual([await two.work.fetch(KEY), seen], [before, []]);
      const won = await one.claim({ download, version, take });
      assert.deepEqual(seen, [before]);
      const key = keyOf(running);
      assert.deepEqual(await two.slots.fetch(key), { key, version: won?.version, download });
      assert.deepEqual(await two.work.fetch(KEY), won?.work);
      assert.deepEqual([won?.work?.mark?.value, won?.work?.saved?.value], [taken.mark, taken.saved]);
      assert.equal(await two.work.save(KEY, sampleSaved(2), before.saved!.version), null);
      assert.equal(await one.claim({ download, version, take }), null);
    });

    test("claims a slot whose work is to be left alone", async () => {
      if (!one.claim) return;
      const running = sampleDownload("ann", { id: READY.id, state: "processing", node: "n1/1", epoch: 1 });
      const version = (await one.slots.insert(running))!;
      const before = await two.work.fetch(KEY);
      const won = await one.claim({ download: { ...running, epoch: 2 }, version, take: () => null });
      assert.equal(won?.work, null);
      assert.equal((await two.slots.fetch(keyOf(running)))?.version, won?.version);
      assert.deepEqual(await two.work.fetch(KEY), before);
    });

    test("claims a slot and begins its work where there is none", async () => {
      if (!one.claim) return;
      await one.work.remove(KEY);
      const running = sampleDownload("ann", { id: READY.id, state: "processing", node: "n1/1", epoch: 1 });
      const version = (await one.slots.insert(running))!;
      const taken = { mark: sampleMark(2), saved: sampleSaved(2) };
      const won = await one.claim({ download: { ...running, epoch: 2 }, version, take: () => taken });
      assert.deepEqual([won?.work?.mark?.value, won?.work?.saved?.value], [taken.mark, taken.saved]);
      assert.deepEqual(await two.work.fetch(KEY), won?.work);
    });

    test("claims a slot whose work is damaged, and replaces that", async () => {
      if (!one.claim) return;
      await cluster.plant("marks", KEY, "torn");
      await cluster.plant("saved", KEY, "torn");
      const running = sampleDownload("ann", { id: READY.id, state: "processing", node: "n1/1", epoch: 1 });
      const version = (await one.slots.insert(running))!;
      const taken = { mark: sampleMark(2), saved: sampleSaved(2) };
      const won = await one.claim({ download: { ...running, epoch: 2 }, version, take: () => taken });
      assert.deepEqual(await two.work.fetch(KEY), won?.work);
      assert.deepEqual([won?.work?.mark?.value, won?.work?.saved?.value], [taken.mark, taken.saved]);
    });

    test("claims a slot whose work is of a later version, and leaves that alone", async () => {
      if (!one.claim) return;
      await cluster.plant("saved", KEY, encodeSaved(sampleSaved(1)).replace('"v":1', '"v":99'));
      const running = sampleDownload("ann", { id: READY.id, state: "processing", node: "n1/1", epoch: 1 });
      const version = (await one.slots.insert(running))!;
      const take = () => assert.fail("it can't be read");
      const won = await one.claim({ download: { ...running, epoch: 2 }, version, take });
      assert.equal(won?.work, null);
      await assert.rejects(two.work.fetch(KEY), { code: "record-too-new" });
    });

    test("ends an unfinished download in the same step, if nobody has written its slot meanwhile", async () => {
      if (!one.archive) return;
      const running = sampleDownload("ann", { id: READY.id, state: "processing", node: "n1/1", epoch: 1 });
      const first = (await one.slots.insert(running))!;
      const version = (await two.slots.update(atProgress(running, 7), first))!;
      const key = keyOf(running);
      assert.equal(await one.archive({ key, version: first, download: READY }), null);
      assert.deepEqual((await two.slots.fetch(key))?.download, atProgress(running, 7));
      assert.equal(await two.history.fetch(KEY), null);
      assert.equal((await one.archive({ key, version, download: READY }))?.isKept, true);
      assert.deepEqual((await two.history.fetch(KEY))?.download, READY);
      assert.equal(await two.slots.fetch(key), null);
      assert.deepEqual(await two.work.fetch(KEY), { mark: null, saved: null });
    });

    test("does not restore what its owner removed, and leaves a slot alone that has changed", async () => {
      if (!one.archive) return;
      const finished = await inSlot();
      assert.equal(await one.archive({ ...finished, version: finished.version + 1 }), null);
      assert.equal(await two.history.fetch(KEY), null);
      assert.notEqual((await two.work.fetch(KEY)).mark, null);
      await two.history.remove(KEY);
      assert.equal((await one.archive(finished))?.isKept, false);
      assert.equal(await two.history.fetch(KEY), null);
      assert.equal(await two.slots.fetch(finished.key), null);
    });

    test("a record that is already in the history is left unchanged", async () => {
      if (!one.archive) return;
      const finished = await inSlot();
      await two.history.put({ ...READY, expiresAt: 7 });
      assert.equal((await one.archive(finished))?.isKept, true);
      assert.equal((await two.history.fetch(KEY))?.download.expiresAt, 7);
    });
  });
}
