/** @module The part of the Repo suite about the work on downloads. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { downloadKey } from "../../download/key.ts";
import { encodeMark, encodeSaved } from "../../download/work-codec.ts";
import type { Repo, Version } from "../repo.ts";
import type { Work } from "../work.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { sampleMark, sampleSaved } from "./sample-downloads.ts";
import { workWatchContract } from "./work-watch-contract.ts";

const KEY = downloadKey("ann", "id_1-A");

/** Registers the tests; called by `repoContract`. */
export function workContract(make: () => Promise<RepoCluster>): void {
  describe("work", () => {
    let cluster: RepoCluster;
    let repo: Repo;
    let one: Work;
    let two: Work;

    beforeEach(async () => {
      cluster = await make();
      const repos = await Promise.all([cluster.open(), cluster.open()]);
      repo = repos[0];
      [one, two] = [repos[0].work, repos[1].work];
    });
    afterEach(() => cluster.dispose());

    test("a download that was never started has no work", async () => {
      assert.deepEqual(await one.fetch(KEY), { mark: null, saved: null });
      assert.deepEqual(await one.list("ann"), []);
      assert.deepEqual(await one.keys(), []);
      assert.equal(await one.advance(KEY, sampleMark(1), 1), null);
      assert.equal(await one.save(KEY, sampleSaved(1), 1), null);
      await one.remove(KEY);
    });

    test("a first mark is written once; later ones replace only the version they name", async () => {
      const first = await done(one.advance(KEY, sampleMark(1), null));
      assert.equal(await two.advance(KEY, sampleMark(2), null), null);
      const second = await done(two.advance(KEY, sampleMark(2), first));
      assert.ok(second > first);
      assert.equal(await one.advance(KEY, sampleMark(3), first), null);
      assert.equal(await one.advance(KEY, sampleMark(3), second + 1), null);
      const { mark, saved } = await one.fetch(KEY);
      assert.deepEqual([mark, saved], [{ version: second, value: sampleMark(2) }, null]);
    });

    test("the same holds for the saved state, and neither part changes the version of the other", async () => {
      const saved = await done(one.save(KEY, sampleSaved(1), null));
      assert.equal(await two.save(KEY, sampleSaved(2), null), null);
      const mark = await done(one.advance(KEY, sampleMark(1), null));
      const again = await done(two.save(KEY, sampleSaved(2), saved));
      assert.equal(await one.save(KEY, sampleSaved(3), saved), null);
      const next = await done(two.advance(KEY, sampleMark(2), mark));
      assert.deepEqual(await one.fetch(KEY), {
        mark: { version: next, value: sampleMark(2) },
        saved: { version: again, value: sampleSaved(2) },
      });
    });

    test("after a holder has raised the epoch, writes of the previous holder are refused in both parts", async () => {
      const mark = await done(one.advance(KEY, sampleMark(1), null));
      const saved = await done(one.save(KEY, sampleSaved(1), null));
      await done(two.advance(KEY, sampleMark(1, 2), mark));
      await done(two.save(KEY, { ...sampleSaved(1), epoch: 2 }, saved));
      assert.equal(await one.advance(KEY, sampleMark(9), mark), null);
      assert.equal(await one.save(KEY, sampleSaved(9), saved), null);
      const { mark: now, saved: kept } = await one.fetch(KEY);
      assert.deepEqual([now?.value.epoch, now?.value.progress.done], [2, 1]);
      assert.deepEqual([kept?.value.epoch, kept?.value.madeIn], [2, 1]);
    });

    test("a removal deletes both parts, and earlier versions are refused from then on", async () => {
      const mark = await done(one.advance(KEY, sampleMark(1), null));
      const saved = await done(one.save(KEY, sampleSaved(1), null));
      await two.remove(KEY);
      assert.deepEqual(await one.fetch(KEY), { mark: null, saved: null });
      assert.equal(await one.advance(KEY, sampleMark(2), mark), null);
      assert.equal(await one.save(KEY, sampleSaved(2), saved), null);
      assert.ok((await done(one.advance(KEY, sampleMark(1), null))) > mark);
      assert.ok((await done(one.save(KEY, sampleSaved(1), null))) > saved);
      assert.equal(await one.advance(KEY, sampleMark(2), mark), null);
      await one.remove(KEY);
      await two.remove(KEY);
      assert.deepEqual(await two.keys(), []);
    });

    test("a list has only the marks of its user; the keys cover all users and both parts", async () => {
      const users = ["a", "aa", "a.", "A", "a%", "a_", "a*", "a>", "ä", "名前", "🚀"];
      for (const user of users) {
        await one.advance(downloadKey(user, "x"), sampleMark(1), null);
        await one.advance(downloadKey(user, "y"), sampleMark(2), null);
        await one.save(downloadKey(user, "z"), sampleSaved(1), null);
      }
      for (const user of users) {
        const marks = await two.list(user);
        assert.deepEqual(marks.map(({ key }) => key).sort(), [
          downloadKey(user, "x"),
          downloadKey(user, "y"),
        ]);
        for (const { key, version, mark } of marks) {
          assert.deepEqual((await one.fetch(key)).mark, { version, value: mark });
        }
      }
      assert.deepEqual(await two.list("nobody"), []);
      const keys = users.flatMap((user) => ["x", "y", "z"].map((id) => downloadKey(user, id)));
      assert.deepEqual((await two.keys()).sort(), keys.sort());
    });

    test("every field survives exactly, including 1,000 parts", async () => {
      await one.advance(KEY, sampleMark(33.5), null);
      await one.save(KEY, sampleSaved(1_000), null);
      const { mark, saved } = await two.fetch(KEY);
      assert.deepEqual(mark?.value, sampleMark(33.5));
      assert.deepEqual(saved?.value, sampleSaved(1_000));
    });

    test("a race has one winner, whichever nodes write", async () => {
      const works = [one, two, (await cluster.open()).work];
      let version: Version | null = null;
      for (let round = 0; round < 20; round += 1) {
        const tries = Array.from({ length: 9 }, (_, index) =>
          works[index % works.length]!.advance(KEY, sampleMark(index), version),
        );
        const versions = (await Promise.all(tries)).filter((given) => given !== null);
        assert.equal(versions.length, 1);
        version = versions[0]!;
        assert.equal((await one.fetch(KEY)).mark?.version, version);
      }
    });

    test("many writes at the same time each get their own answer", async () => {
      const keys = Array.from({ length: 300 }, (_, index) => downloadKey(`user-${index % 7}`, `id-${index}`));
      const versions = await Promise.all(
        keys.map((key, index) => (index % 2 === 0 ? one : two).advance(key, sampleMark(index % 100), null)),
      );
      for (const [index, key] of keys.entries()) {
        const { mark } = await two.fetch(key);
        assert.deepEqual([mark?.version, mark?.value.progress.done], [versions[index], index % 100]);
      }
    });

    test("a damaged part counts as missing: a first write replaces it and leaves the other part unchanged", async () => {
      await cluster.plant("marks", KEY, '{"v":1,"epoch":"x"}');
      await cluster.plant("saved", KEY, "torn");
      assert.deepEqual(await one.fetch(KEY), { mark: null, saved: null });
      assert.deepEqual(await one.list("ann"), []);
      assert.deepEqual(await one.keys(), [KEY]);
      await done(one.advance(KEY, sampleMark(1), null));
      await done(two.save(KEY, sampleSaved(1), null));
      const { mark, saved } = await one.fetch(KEY);
      assert.deepEqual([mark?.value, saved?.value], [sampleMark(1), sampleSaved(1)]);
    });

    test("a part of a later version is not overwritten, and reading it fails", async () => {
      for (const [part, text] of [
        ["marks", encodeMark(sampleMark(1)).replace('"v":1', '"v":99')],
        ["saved", encodeSaved(sampleSaved(1)).replace('"v":1', '"v":99')],
      ] as const) {
        const key = downloadKey("ann", part);
        await cluster.plant(part, key, text);
        await assert.rejects(one.fetch(key), { code: "record-too-new", message: /format 99/ });
        assert.equal(part === "marks" ? await one.advance(key, sampleMark(1), null) : null, null);
        assert.equal(part === "saved" ? await one.save(key, sampleSaved(1), null) : null, null);
      }
      assert.deepEqual(await one.list("ann"), []);
    });

    test("closed: every call fails", async () => {
      await repo.close();
      const closed = { code: "closed" };
      await assert.rejects(one.fetch(KEY), closed);
      await assert.rejects(one.list("ann"), closed);
      await assert.rejects(one.keys(), closed);
      await assert.rejects(one.advance(KEY, sampleMark(1), null), closed);
      await assert.rejects(one.save(KEY, sampleSaved(1), null), closed);
      await assert.rejects(one.remove(KEY), closed);
      const watching = one.watch("ann", new AbortController().signal)[Symbol.asyncIterator]();
      await assert.rejects(Promise.resolve(watching.next()), closed);
      assert.deepEqual(await two.keys(), []);
    });

    workWatchContract(make);
  });
}

async function done(write: Promise<Version | null>): Promise<Version> {
  const version = await write;
  assert.ok(version !== null, "the write was refused");
  return version;
}
