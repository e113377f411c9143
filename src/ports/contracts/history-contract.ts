/** @module The part of the Repo suite about the history. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { downloadKey } from "../../download/key.ts";
import type { History, HistorySearch } from "../history.ts";
import type { Repo, Stored } from "../repo.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { finishedDownload } from "./sample-downloads.ts";

const KEY = downloadKey("ann", "id_1-A");
const READY = finishedDownload("ann", "id_1-A");
const HOUR_MS = 3_600_000;

/** Registers the tests; called by `repoContract`. */
export function historyContract(make: () => Promise<RepoCluster>): void {
  describe("history", () => {
    let cluster: RepoCluster;
    let repo: Repo;
    let one: History;
    let two: History;

    beforeEach(async () => {
      cluster = await make();
      const repos = await Promise.all([cluster.open(), cluster.open()]);
      repo = repos[0];
      [one, two] = [repos[0].history, repos[1].history];
    });
    afterEach(() => cluster.dispose());

    test("is empty at first", async () => {
      assert.equal(await one.fetch(KEY), null);
      assert.equal(await one.find("id_1-A"), null);
      assert.deepEqual(await one.list("ann", { limit: 10 }), []);
      assert.equal(await one.size("ann"), 0);
      assert.deepEqual(await one.expired(Number.MAX_SAFE_INTEGER, 10), []);
      assert.deepEqual(await all(one), []);
      assert.equal(await one.update(READY, 1), null);
      assert.equal(await one.remove(KEY), false);
    });

    test("a record that was put is found at once on every node, with every field, by its key and by its id", async () => {
      assert.equal(await one.put(READY), true);
      const stored = await two.fetch(KEY);
      assert.deepEqual([stored?.key, stored?.download], [KEY, READY]);
      assert.deepEqual(await two.find(READY.id), { stored, unreadable: null });
      assert.deepEqual(await two.list("ann", { limit: 10 }), [stored]);
      assert.deepEqual([await two.size("ann"), await two.size("an"), await two.size("bob")], [1, 0, 0]);
      assert.equal(await two.fetch(downloadKey("bob", READY.id)), null);
    });

    test("a record that was put later has a greater version, whichever node put it", async () => {
      let before = 0;
      for (let index = 0; index < 20; index += 1) {
        const download = finishedDownload("ann", `id-${index * 7}`, { requestedAt: 100 - index });
        await (index % 2 === 0 ? one : two).put(download);
        await one.put(finishedDownload("bob", `other-${index}`));
        const { version } = (await two.fetch(downloadKey("ann", download.id)))!;
        assert.ok(version > before, `${version} after ${before}`);
        before = version;
      }
    });

    test("putting a record again changes nothing, even if it was updated since", async () => {
      await one.put(READY);
      const stored = await one.fetch(KEY);
      assert.equal(await two.put(READY), true);
      assert.deepEqual(await one.fetch(KEY), stored);
      const version = await two.update({ ...READY, expiresAt: 5 }, stored!.version);
      assert.ok(version !== null && version > stored!.version);
      assert.equal(await one.put(READY), true);
      assert.equal((await one.fetch(KEY))?.download.expiresAt, 5);
      assert.equal(await one.update(READY, stored!.version), null);
    });

    test("a removed record stays removed, even if others put it at the same time", async () => {
      for (let round = 0; round < 20; round += 1) {
        const download = finishedDownload("ann", `round-${round}`);
        const key = downloadKey("ann", download.id);
        const puts = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? one : two).put(download));
        await Promise.all([two.remove(key), ...puts]);
        assert.equal(await one.put(download), false);
        assert.equal(await two.fetch(key), null);
      }
      assert.deepEqual(await all(one), []);
    });

    test("removing an unknown id prevents that id from being added, and no other", async () => {
      assert.equal(await one.remove(KEY), false);
      assert.equal(await two.put(READY), false);
      assert.equal(await two.find(READY.id), null);
      assert.equal(await two.put(finishedDownload("ann", "id_1-B")), true);
      assert.equal(await two.put(finishedDownload("bob", "id_1-C")), true);
      assert.equal(await two.remove(downloadKey("bob", "id_1-C")), true);
      assert.equal(await two.remove(downloadKey("bob", "id_1-C")), false);
      assert.deepEqual(ids(await all(one)), ["id_1-B"]);
    });

    test("a list has the newest request first, and its pages miss and repeat nothing despite removals in between", async () => {
      const times = [5, 1, 9, 9, 3, 7, 2];
      for (const [index, requestedAt] of times.entries()) {
        await one.put(finishedDownload("ann", `id-${index}`, { requestedAt }));
        await one.put(finishedDownload("bob", `other-${index}`, { requestedAt }));
      }
      const order = ["id-2", "id-3", "id-5", "id-0", "id-4", "id-6", "id-1"];
      assert.deepEqual(ids(await two.list("ann", { limit: 100 })), order);
      const first = await two.list("ann", { limit: 3 });
      assert.deepEqual(ids(first), order.slice(0, 3));
      const after = { requestedAt: first[2]!.download.requestedAt, id: first[2]!.download.id };
      await one.remove(downloadKey("ann", after.id));
      assert.deepEqual(ids(await two.list("ann", { limit: 3, after })), order.slice(3, 6));
      const tie = { requestedAt: 9, id: "id-2" };
      assert.deepEqual(ids(await two.list("ann", { limit: 1, after: tie })), ["id-3"]);
      assert.deepEqual(await two.list("ann", { limit: 3, after: { requestedAt: 1, id: "id-1" } }), []);
    });

    test("a list has only the records of its user", async () => {
      const users = ["a", "aa", "a.", "A", "a%", "a_", "a*", "a>", "ä", "名前", "🚀"];
      for (const [index, user] of users.entries()) await one.put(finishedDownload(user, `id-${index}`));
      for (const [index, user] of users.entries()) {
        assert.deepEqual(ids(await two.list(user, { limit: 9 })), [`id-${index}`]);
      }
    });

    test("expired records are found by their time, the earliest first, also after an update", async () => {
      const times = [3, 2 * HOUR_MS, 1, 50 * HOUR_MS, 2 * HOUR_MS + 5];
      for (const [index, expiresAt] of times.entries()) {
        await one.put(finishedDownload(index % 2 ? "ann" : "bob", `id-${index}`, { expiresAt }));
      }
      assert.deepEqual(ids(await two.expired(0, 10)), []);
      assert.deepEqual(ids(await two.expired(3, 10)), ["id-2", "id-0"]);
      assert.deepEqual(ids(await two.expired(2 * HOUR_MS + 4, 10)), ["id-2", "id-0", "id-1"]);
      assert.deepEqual(ids(await two.expired(100 * HOUR_MS, 2)), ["id-2", "id-0"]);
      const late = (await one.fetch(downloadKey("ann", "id-3")))!;
      await one.update({ ...late.download, expiresAt: 2 }, late.version);
      assert.deepEqual(ids(await two.expired(3, 10)), ["id-2", "id-3", "id-0"]);
      await one.remove(downloadKey("bob", "id-2"));
      assert.deepEqual(ids(await two.expired(3, 10)), ["id-3", "id-0"]);
      for (const stored of await two.expired(100 * HOUR_MS, 10)) {
        assert.deepEqual(await one.fetch(stored.key), stored);
      }
    });

    test("a search finds the records of all users by kind and state, every page of it without repeats", async () => {
      const kinds = ["cities.csv", "cities.pdf", "cities"];
      for (let index = 0; index < 60; index += 1) {
        const state = index % 5 === 0 ? ("error" as const) : ("ready" as const);
        const kind = kinds[index % 3]!;
        const changes = { kind, state, requestedAt: 1_000 - index * 7 };
        await (index % 2 ? one : two).put(finishedDownload(`user-${index % 9}`, `id-${index}`, changes));
      }
      const stored = await all(two);
      for (const kind of [undefined, ...kinds, "unknown"]) {
        for (const state of [undefined, "ready", "error"] as const) {
          const wanted = stored.filter(
            ({ download }) =>
              (kind ?? download.kind) === download.kind && (state ?? download.state) === download.state,
          );
          const found = await searched(one, { kind, state, limit: 7 });
          assert.deepEqual(ids(found).sort(), ids(wanted).sort(), `${kind} ${state}`);
        }
      }
      const { found } = await one.search({ limit: 5, state: "error" });
      const times = found.map(({ download }) => download.requestedAt);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
      );
      assert.deepEqual(await two.fetch(found[0]!.key), found[0]);
    });

    test("a search sees what is stored now: removed records are gone, updated ones have their new state", async () => {
      for (let index = 0; index < 9; index += 1) await one.put(finishedDownload("ann", `id-${index}`));
      await two.remove(downloadKey("ann", "id-3"));
      const { download, version } = (await two.fetch(downloadKey("ann", "id-4")))!;
      await two.update({ ...download, state: "error", file: null }, version);
      assert.deepEqual(ids(await searched(one, { state: "error", limit: 9 })), ["id-4"]);
      const ready = ids(await searched(one, { state: "ready", limit: 2 })).sort();
      assert.deepEqual(ready, ["id-0", "id-1", "id-2", "id-5", "id-6", "id-7", "id-8"]);
      assert.deepEqual(await one.search({ kind: "none", limit: 1 }), { found: [], next: null });
      await assert.rejects(one.search({ limit: 1, after: "'; DROP" }), { code: "invalid-request" });
    });

    test("an unreadable record is left out of lists, but found by its id", async () => {
      await one.put(finishedDownload("ann", "other"));
      for (const [text, isNewer] of [
        ["torn", false],
        [encodeDownload({ ...READY, epoch: "1" as unknown as number }), false],
        [encodeDownload(READY).replace(/"v":\d+/, '"v":99'), true],
      ] as const) {
        await cluster.plant("history", KEY, text);
        const reading = one.fetch(KEY);
        if (isNewer) await assert.rejects(reading, { code: "record-too-new", message: /format 99/ });
        else assert.equal(await reading, null);
        const found = await two.find(READY.id);
        assert.equal(found?.unreadable?.isNewer, isNewer);
        assert.deepEqual(ids(await two.list("ann", { limit: 9 })), ["other"]);
        assert.deepEqual(ids(await two.expired(Number.MAX_SAFE_INTEGER, 9)), ["other"]);
        assert.deepEqual(ids(await searched(two, { limit: 9 })), ["other"]);
        assert.deepEqual(ids(await all(two)), ["other"]);
      }
      assert.equal(await two.remove(KEY), true);
      assert.equal(await two.find(READY.id), null);
    });

    test("records are copies on the way in and on the way out", async () => {
      const download: Download = { ...READY, params: { country: "DE" } };
      const putting = one.put(download);
      download.kind = "changed";
      await putting;
      const fetched = await one.fetch(KEY);
      fetched!.download.kind = "changed";
      assert.equal((await one.fetch(KEY))?.download.kind, READY.kind);
    });

    test("many records are put at once, and all are returned as the consumer pulls", async () => {
      const names = Array.from({ length: 700 }, (_, index) => `id-${index}`);
      const puts = names.map((id, index) =>
        (index % 2 === 0 ? one : two).put(finishedDownload(`user-${index % 9}`, id)),
      );
      await Promise.all(puts);
      assert.deepEqual(ids(await all(two)).sort(), [...names].sort());
      for await (const stored of two.all()) {
        assert.ok(names.includes(stored.download.id));
        break;
      }
      assert.equal((await two.expired(Number.MAX_SAFE_INTEGER, 500)).length, 500);
    });

    test("closed: every call fails", async () => {
      await repo.close();
      const closed = { code: "closed" };
      await assert.rejects(one.put(READY), closed);
      await assert.rejects(one.fetch(KEY), closed);
      await assert.rejects(one.find("x"), closed);
      await assert.rejects(one.list("ann", { limit: 1 }), closed);
      await assert.rejects(one.update(READY, 1), closed);
      await assert.rejects(one.remove(KEY), closed);
      await assert.rejects(one.expired(1, 1), closed);
      await assert.rejects(one.search({ limit: 1 }), closed);
      await assert.rejects(all(one), closed);
      assert.equal(await two.put(READY), true);
    });
  });
}

function ids(stored: readonly Stored[]): string[] {
  return stored.map(({ download }) => download.id);
}

/** Everything that a search finds, page by page. */
async function searched(history: History, search: HistorySearch): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let after: string | undefined; ; ) {
    const { found, next } = await history.search({ ...search, after });
    assert.ok(found.length <= search.limit);
    stored.push(...found);
    if (next === null) return stored;
    after = next;
  }
}

async function all(history: History): Promise<Stored[]> {
  const stored: Stored[] = [];
  for await (const one of history.all()) stored.push(one);
  return stored;
}
