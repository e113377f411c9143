/** @module The part of the Repo suite about slots that this version can't read. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { encodeDownload } from "../../download/codec.ts";
import { keyOf } from "../../download/key.ts";
import type { Slots } from "../slots.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { atProgress, sampleDownload } from "./sample-downloads.ts";
import { Watching } from "./slots-watch-contract.ts";

const KEY = keyOf(sampleDownload("ann"));

const DAMAGED: Readonly<Record<string, string>> = {
  "an empty object": "{}",
  "no JSON": '{"id":"torn',
  "no object": "[1]",
  "no text at all": "",
  "a field of another type": encodeDownload(sampleDownload("ann", { epoch: "1" as unknown as number })),
  "somebody else's download": encodeDownload(sampleDownload("bob")),
};
const NEWER = JSON.stringify({ ...sampleDownload("ann"), v: 99, state: { of: "a kind of its own" } });

/** Registers the tests; called by `repoContract`. */
export function slotsUnreadableContract(make: () => Promise<RepoCluster>): void {
  describe("records that can't be read", () => {
    let cluster: RepoCluster;
    let repo: Slots;

    beforeEach(async () => {
      cluster = await make();
      repo = (await cluster.open()).slots;
    });
    afterEach(() => cluster.dispose());

    for (const [name, text] of Object.entries(DAMAGED)) {
      test(`${name}: omitted from every answer, reported to watchers, replaced by an insert`, async () => {
        const other = sampleDownload("ann", { slot: "other" });
        await repo.insert(other);
        await cluster.plant("slots", KEY, text);
        assert.equal(await repo.fetch(KEY), null);
        assert.deepEqual(
          (await repo.list("ann")).map(({ download }) => download.slot),
          ["other"],
        );

        const watching = new Watching(repo);
        await watching.synced();
        assert.deepEqual([...watching.records.keys()], [keyOf(other)]);
        const told = watching.events.find((event) => event.type === "remove" && event.key === KEY);
        assert.ok(told?.type === "remove" && told.unreadable?.isNewer === false);
        assert.ok(!told.unreadable.reason.includes("torn"), "the reason holds nothing of the record");

        const wanted = sampleDownload("ann", { id: "wanted" });
        const version = await repo.insert(wanted);
        assert.ok(version !== null, "the slot is not lost for ever");
        assert.ok(version > told.version);
        assert.deepEqual(await repo.fetch(KEY), { key: KEY, version, download: wanted });
        await watching.until(({ records }) => records.get(KEY)?.version === version);
        assert.equal(await repo.insert(wanted), null);
        watching.stop();
      });
    }

    test("damage is reported to a watcher as a removal; later changes are reported as usual", async () => {
      const download = sampleDownload("ann");
      const before = (await repo.insert(download))!;
      const watching = new Watching(repo);
      await watching.until(({ records }) => records.has(KEY));
      await cluster.plant("slots", KEY, "{}");
      await watching.until(({ records }) => !records.has(KEY));
      assert.equal(await repo.update(atProgress(download, 1), before), null);
      const bob = sampleDownload("bob");
      await repo.insert(bob);
      await watching.until(({ records }) => records.has(keyOf(bob)));
      watching.stop();
    });

    test("of several inserts over a damaged record one wins", async () => {
      await cluster.plant("slots", KEY, "{}");
      const other = (await cluster.open()).slots;
      const tries = Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? repo : other).insert(sampleDownload("ann", { id: `${index}` })),
      );
      const versions = (await Promise.all(tries)).filter((version) => version !== null);
      assert.equal(versions.length, 1);
      assert.equal((await repo.fetch(KEY))?.version, versions[0]);
    });

    test("a record of a later version is omitted and never overwritten", async () => {
      await cluster.plant("slots", KEY, NEWER);
      assert.equal(await repo.insert(sampleDownload("ann")), null);
      await assert.rejects(repo.fetch(KEY), {
        name: "CarryoutError",
        code: "record-too-new",
        message: /format 99/,
      });
      assert.deepEqual(await repo.list("ann"), []);
      const watching = new Watching(repo);
      await watching.synced();
      const told = watching.events.find(({ type }) => type === "remove");
      assert.ok(told?.type === "remove" && told.unreadable?.isNewer);
      assert.equal(told.unreadable.id, sampleDownload("ann").id, "what is stored for it can be spared");
      watching.stop();
    });

    test("a record of release 0.1, without a version, is read", async () => {
      const download = sampleDownload("ann");
      await cluster.plant("slots", KEY, JSON.stringify(download));
      const stored = await repo.fetch(KEY);
      assert.deepEqual(stored?.download, download);
      assert.notEqual(await repo.update(atProgress(download, 1), stored!.version), null);
    });
  });
}
