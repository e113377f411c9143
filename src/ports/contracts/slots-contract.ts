/** @module The part of the Repo suite about slots. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { keyOf } from "../../download/key.ts";
import type { Repo, Version } from "../repo.ts";
import type { Slots } from "../slots.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { atProgress, fullDownload, sampleDownload, sampleParts } from "./sample-downloads.ts";
import { slotsUnreadableContract } from "./slots-unreadable-contract.ts";
import { slotsWatchContract } from "./slots-watch-contract.ts";

/** Registers the tests; called by `repoContract`. */
export function slotsContract(make: () => Promise<RepoCluster>): void {
  describe("slots", () => {
    let cluster: RepoCluster;
    let repo: Repo;
    let one: Slots;
    let two: Slots;

    beforeEach(async () => {
      cluster = await make();
      const repos = await Promise.all([cluster.open(), cluster.open()]);
      repo = repos[0];
      [one, two] = [repos[0].slots, repos[1].slots];
    });
    afterEach(() => cluster.dispose());

    test("a key that was never written has no record", async () => {
      const download = sampleDownload("ann");
      assert.equal(await one.fetch(keyOf(download)), null);
      assert.equal(await one.update(download, 1), null);
      assert.equal(await one.remove(keyOf(download), 1), null);
      assert.deepEqual(await one.list("ann"), []);
    });

    test("insert creates the record only if its key is free", async () => {
      const download = sampleDownload("ann");
      const version = await one.insert(download);
      assert.equal(typeof version, "number");
      assert.equal(await one.insert(sampleDownload("ann", { id: "another" })), null);
      assert.equal(await two.insert(sampleDownload("ann", { id: "another" })), null);
      for (const repo of [one, two]) {
        assert.deepEqual(await repo.fetch(keyOf(download)), { key: keyOf(download), version, download });
      }
    });

    test("update replaces only the version it names", async () => {
      const first = sampleDownload("ann");
      const v1 = await done(one.insert(first));
      const v2 = await done(two.update(atProgress(first, 1), v1));
      assert.equal(await one.update(atProgress(first, 2), v1), null);
      assert.equal(await one.update(atProgress(first, 2), v2 + 1), null);
      assert.equal((await one.fetch(keyOf(first)))?.version, v2);
      assert.equal((await one.fetch(keyOf(first)))?.download.progress.done, 1);
    });

    test("remove deletes only the version it names, and the key is free again", async () => {
      const download = sampleDownload("ann");
      const v1 = await done(one.insert(download));
      const v2 = await done(one.update(atProgress(download, 1), v1));
      assert.equal(await two.remove(keyOf(download), v1), null);
      assert.notEqual(await two.remove(keyOf(download), v2), null);
      assert.equal(await one.remove(keyOf(download), v2), null);
      assert.equal(await one.fetch(keyOf(download)), null);
      assert.notEqual(await one.insert(download), null);
    });

    test("a version is never used twice, not even after a removal", async () => {
      const download = sampleDownload("ann");
      const versions: Version[] = [];
      for (let round = 0; round < 20; round += 1) {
        const [writer, remover] = round % 2 === 0 ? [one, two] : [two, one];
        versions.push(await done(writer.insert(download)));
        versions.push(await done(writer.update(atProgress(download, round), versions.at(-1)!)));
        assert.notEqual(await remover.remove(keyOf(download), versions.at(-1)!), null);
      }
      for (const [index, version] of versions.entries()) {
        assert.ok(index === 0 || version > versions[index - 1]!, `${versions}`);
      }
    });

    test("a version from before a removal is refused, even if the record is equal again", async () => {
      const download = sampleDownload("ann");
      const old = await done(one.insert(download));
      await one.remove(keyOf(download), old);
      const current = await done(two.insert(download));
      assert.equal(await one.update(download, old), null);
      assert.equal(await one.remove(keyOf(download), old), null);
      assert.equal((await one.fetch(keyOf(download)))?.version, current);
    });

    test("list returns only the records of this user", async () => {
      const users = [
        "a",
        "aa",
        "a.",
        "a.default",
        "A",
        "ab",
        "a%",
        "a_",
        "a*",
        "a>",
        "ä",
        "a'--",
        " a",
        "名前",
        "🚀",
      ];
      for (const user of users) {
        for (const slot of ["default", "a", "Z-9_"]) await one.insert(sampleDownload(user, { slot }));
      }
      for (const user of users) {
        const listed = await two.list(user);
        assert.deepEqual(listed.map(({ download }) => download.slot).sort(), ["Z-9_", "a", "default"]);
        for (const { key, download } of listed) {
          assert.equal(download.user, user);
          assert.equal(key, keyOf(download));
        }
      }
      assert.deepEqual(await two.list("nobody"), []);
    });

    test("list sees what fetch sees: changes at once, removed records never", async () => {
      const download = sampleDownload("ann");
      const v1 = await done(one.insert(download));
      const v2 = await done(one.update(atProgress(download, 1), v1));
      assert.deepEqual(await two.list("ann"), [await two.fetch(keyOf(download))]);
      await one.remove(keyOf(download), v2);
      assert.deepEqual(await two.list("ann"), []);
    });

    test("records are copies on the way in and on the way out", async () => {
      const download = sampleDownload("ann");
      const key = keyOf(download);
      const inserted = one.insert(download);
      download.progress = { ...download.progress, done: 99 };
      const version = await done(inserted);
      const [fetched] = await Promise.all([one.fetch(key)]);
      fetched!.download.kind = "changed";
      (fetched!.download.params as { country: string }).country = "changed";
      const [listed] = await one.list("ann");
      listed!.download.user = "changed";
      assert.deepEqual(await one.fetch(key), { key, version, download: sampleDownload("ann") });
    });

    test("every field survives exactly: null, unicode, numbers, 1,000 parts", async () => {
      for (const download of [sampleDownload("ann"), fullDownload("bob", sampleParts(1_000))]) {
        const version = await done(one.insert(download));
        assert.deepEqual((await two.fetch(keyOf(download)))?.download, download);
        const updated = { ...download, epoch: download.epoch + 1 };
        assert.notEqual(await two.update(updated, version), null);
        assert.deepEqual((await one.fetch(keyOf(download)))?.download, updated);
      }
    });

    test("a race to insert has one winner", async () => {
      const repos = [one, two, (await cluster.open()).slots];
      for (let round = 0; round < 20; round += 1) {
        const user = `user-${round}`;
        const tries = Array.from({ length: 12 }, (_, index) =>
          repos[index % repos.length]!.insert(sampleDownload(user, { id: `${index}` })),
        );
        const versions = await Promise.all(tries);
        assert.equal(versions.filter((version) => version !== null).length, 1);
        const winner = versions.findIndex((version) => version !== null);
        const [stored] = await one.list(user);
        assert.equal(stored?.download.id, `${winner}`);
        assert.equal(stored?.version, versions[winner]);
      }
    });

    test("a race to update or remove has one winner", async () => {
      const repos = [one, two, (await cluster.open()).slots];
      const download = sampleDownload("ann");
      const key = keyOf(download);
      for (let round = 0; round < 20; round += 1) {
        const version = (await one.fetch(key))?.version ?? (await done(one.insert(download)));
        const tries = Array.from({ length: 12 }, (_, index) => {
          const repo = repos[index % repos.length]!;
          return index % 4 === round % 4
            ? repo.remove(key, version)
            : repo.update(atProgress(download, index), version).then((next) => next !== null);
        });
        assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
      }
    });

    test("of many increments under compare-and-set none is lost", async () => {
      const download = sampleDownload("ann");
      await one.insert(download);
      const increment = async (repo: Slots) => {
        for (;;) {
          const stored = await repo.fetch(keyOf(download));
          const { progress } = stored!.download;
          if ((await repo.update(atProgress(download, progress.done + 1), stored!.version)) !== null) return;
        }
      };
      const callers = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two));
      await Promise.all(callers.map((repo) => increment(repo)));
      assert.equal((await one.fetch(keyOf(download)))?.download.progress.done, callers.length);
    });

    test("many writes at the same time each get their own answer", async () => {
      const users = Array.from({ length: 500 }, (_, index) => `user-${index}`);
      const versions = await Promise.all(users.map((user) => one.insert(sampleDownload(user))));
      assert.equal(new Set(versions).size, users.length);
      for (const [index, user] of users.entries()) {
        assert.equal((await two.list(user))[0]?.version, versions[index]);
      }
    });

    test("closed: every call fails, the other repos and the records stay", async () => {
      const download = sampleDownload("ann");
      const version = await done(one.insert(download));
      await repo.close();
      await repo.close();
      const closed = { code: "closed" };
      await assert.rejects(one.fetch(keyOf(download)), closed);
      await assert.rejects(one.list("ann"), closed);
      await assert.rejects(one.insert(sampleDownload("bob")), closed);
      await assert.rejects(one.update(download, version), closed);
      await assert.rejects(one.remove(keyOf(download), version), closed);
      const watching = one.watch(new AbortController().signal)[Symbol.asyncIterator]();
      await assert.rejects(Promise.resolve(watching.next()), closed);
      assert.equal((await two.fetch(keyOf(download)))?.version, version);
      assert.notEqual(await two.update(atProgress(download, 1), version), null);
    });

    slotsWatchContract(make);
    slotsUnreadableContract(make);
  });
}

/** The version that a write returned; fails if it was refused. */
async function done(write: Promise<Version | null>): Promise<Version> {
  const version = await write;
  assert.ok(version !== null, "the write was refused");
  return version;
}
