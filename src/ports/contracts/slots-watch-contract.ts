/** @module The part of the Repo suite about watching slots. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Download } from "../../download/download.ts";
import { keyOf } from "../../download/key.ts";
import type { Repo, Version } from "../repo.ts";
import type { SlotEvent, Slots } from "../slots.ts";
import { Unseen } from "../unseen.ts";
import { FollowedWatch } from "./followed-watch.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { atProgress, sampleDownload } from "./sample-downloads.ts";

/** The records as a watcher knows them, and all events it received. */
export class Watching extends FollowedWatch<SlotEvent> {
  readonly records = new Map<string, { version: Version; download: Download }>();
  readonly #unseen = new Unseen();

  constructor(slots: Pick<Slots, "watch">) {
    super((signal) => slots.watch(signal));
  }

  protected apply(event: SlotEvent): void {
    const gone = this.#unseen.apply(event, () => this.records.keys());
    for (const key of gone) this.records.delete(key);
    if (event.type === "remove") this.records.delete(event.key);
    if (event.type !== "put") return;
    this.records.set(event.key, { version: event.version, download: event.download });
  }
}

/** Registers the tests; called by `repoContract`. */
export function slotsWatchContract(make: () => Promise<RepoCluster>): void {
  describe("watched", () => {
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

    test("begins with all existing records: begin, one put each, synced", async () => {
      const versions = new Map<string, Version>();
      for (const user of ["ann", "bob", "cy"]) {
        const download = sampleDownload(user);
        const version = (await one.insert(download))!;
        versions.set(keyOf(download), (await one.update(atProgress(download, 1), version))!);
      }
      const gone = sampleDownload("dan");
      await one.remove(keyOf(gone), (await one.insert(gone))!);
      const watching = new Watching(two);
      await watching.synced();
      const types = watching.events.map(({ type }) => type);
      assert.deepEqual(types, ["begin", "put", "put", "put", "synced"]);
      assert.deepEqual(new Map([...watching.records].map(([key, { version }]) => [key, version])), versions);
      assert.deepEqual(watching.records.get(keyOf(sampleDownload("ann")))?.download, {
        ...atProgress(sampleDownload("ann"), 1),
      });
    });

    test("of an empty repo: begin, synced", async () => {
      const watching = new Watching(one);
      await watching.synced();
      assert.deepEqual(watching.events, [{ type: "begin" }, { type: "synced" }]);
    });

    test("changes by this and another repo arrive, with increasing versions per key", async () => {
      const watching = new Watching(one);
      await watching.synced();
      const last = new Map<string, Version>();
      for (let round = 0; round < 30; round += 1) {
        const writer = round % 2 === 0 ? one : two;
        for (const user of ["ann", "bob"]) {
          const download = atProgress(sampleDownload(user), round);
          const version = last.get(user);
          const next = version === undefined ? writer.insert(download) : writer.update(download, version);
          last.set(user, (await next)!);
        }
      }
      for (const user of ["ann", "bob"]) {
        const key = keyOf(sampleDownload(user));
        await watching.until(({ records }) => records.get(key)?.version === last.get(user));
        assert.equal(watching.records.get(key)?.download.progress.done, 29);
      }
      assertOrdered(watching.events);
    });

    test("a removal arrives, and so does a new record under its key", async () => {
      const download = sampleDownload("ann");
      const key = keyOf(download);
      const watching = new Watching(one);
      await watching.synced();
      const version = (await two.insert(download))!;
      await watching.until(({ records }) => records.has(key));
      const removed = await two.remove(key, version);
      await watching.until(({ records }) => !records.has(key));
      const removal = watching.events.at(-1)!;
      assert.ok(removal.type === "remove" && removal.key === key && removal.version > version);
      assert.equal(removal.version, removed);
      await two.insert({ ...download, id: "second" });
      await watching.until(({ records }) => records.get(key)?.download.id === "second");
      assertOrdered(watching.events);
    });

    test("a list sees every acknowledged write, also where the slots are watched", async () => {
      const watching = new Watching(one);
      await watching.synced();
      const other = sampleDownload("ann", { slot: "other" });
      await one.insert(other);
      const ids = async () => (await one.list("ann")).map(({ download }) => download.id).sort();
      for (let round = 0; round < 20; round += 1) {
        const writer = round % 2 === 0 ? one : two;
        const download = sampleDownload("ann", { id: `round-${round}` });
        const inserted = (await writer.insert(download))!;
        assert.deepEqual(await ids(), [other.id, download.id].sort());
        const updated = (await writer.update(atProgress(download, round), inserted))!;
        const stored = (await one.list("ann")).find(({ key }) => key === keyOf(download));
        assert.deepEqual(stored, {
          key: keyOf(download),
          version: updated,
          download: atProgress(download, round),
        });
        await writer.remove(keyOf(download), updated);
        assert.deepEqual(await ids(), [other.id]);
      }
      const whileItEnds = ids();
      watching.stop();
      assert.deepEqual(await whileItEnds, [other.id]);
      await watching.ended;
      assert.deepEqual(await ids(), [other.id]);
    });

    test("misses nothing if started during writes", async () => {
      const users = Array.from({ length: 60 }, (_, index) => `user-${index}`);
      const watchings: Watching[] = [];
      const writes = users.map(async (user, index) => {
        const repo = index % 2 === 0 ? one : two;
        const download = sampleDownload(user);
        const inserted = (await repo.insert(download))!;
        if (index % 10 === 0) watchings.push(new Watching(index % 20 === 0 ? one : two));
        const updated = (await repo.update(atProgress(download, index), inserted))!;
        if (index % 3 === 0) await repo.remove(keyOf(download), updated);
      });
      await Promise.all(writes);
      const stored = new Map<string, Version>();
      for (const user of users) {
        for (const { key, version } of await one.list(user)) stored.set(key, version);
      }
      assert.equal(stored.size, 40);
      assert.equal(watchings.length, 6);
      for (const watching of watchings) {
        await watching.synced();
        await watching.until(({ records }) => equalVersions(records, stored));
        assertOrdered(watching.events);
      }
    });

    test("several watchers each get every event, as their own copies", async () => {
      const watchings = [new Watching(one), new Watching(one), new Watching(two)];
      await Promise.all(watchings.map((watching) => watching.synced()));
      const download = sampleDownload("ann");
      await one.insert(download);
      for (const watching of watchings) {
        await watching.until(({ records }) => records.has(keyOf(download)));
        const { download: received } = watching.records.get(keyOf(download))!;
        assert.deepEqual(received, download);
        received.kind = "changed";
      }
    });

    test("an abort ends the iteration of this watcher only", async () => {
      const [stopped, going] = [new Watching(one), new Watching(one)];
      await Promise.all([stopped.synced(), going.synced()]);
      stopped.stop();
      await stopped.ended;
      await one.insert(sampleDownload("ann"));
      await going.until(({ records }) => records.size === 1);
      assert.equal(stopped.records.size, 0);
    });

    test("with a signal that is aborted already it ends at once", async () => {
      const events: SlotEvent[] = [];
      for await (const event of one.watch(AbortSignal.abort())) events.push(event);
      assert.deepEqual(events, []);
    });

    test("a consumer that leaves the loop does not affect others", async () => {
      for await (const event of one.watch(new AbortController().signal)) {
        if (event.type === "synced") break;
      }
      const watching = new Watching(one);
      await watching.synced();
      await two.insert(sampleDownload("ann"));
      await watching.until(({ records }) => records.size === 1);
    });

    test("closing the repo ends its own watchers only", async () => {
      const [ending, going] = [new Watching(one), new Watching(two)];
      await Promise.all([ending.synced(), going.synced()]);
      await repo.close();
      await ending.ended;
      await two.insert(sampleDownload("ann"));
      await going.until(({ records }) => records.size === 1);
    });

    test("a stalled reader gets the latest state of each key when it resumes", async () => {
      const reader = one.watch(new AbortController().signal)[Symbol.asyncIterator]();
      assert.equal((await reader.next()).value?.type, "begin");
      assert.equal((await reader.next()).value?.type, "synced");
      const download = sampleDownload("ann");
      let version = (await two.insert(download))!;
      for (let round = 1; round <= 200; round += 1) {
        version = (await two.update(atProgress(download, round), version))!;
      }
      for (;;) {
        const event: SlotEvent = (await reader.next()).value!;
        assert.equal(event.type, "put");
        if (event.type === "put" && event.version === version) break;
      }
      await reader.return?.();
    });
  });
}

function equalVersions(records: Watching["records"], stored: ReadonlyMap<string, Version>): boolean {
  if (records.size !== stored.size) return false;
  return [...stored].every(([key, version]) => records.get(key)?.version === version);
}

/** Versions of a key only grow, except in a new snapshot. */
function assertOrdered(events: readonly SlotEvent[]): void {
  const seen = new Map<string, Version>();
  for (const event of events) {
    if (event.type === "begin") seen.clear();
    if (event.type !== "put" && event.type !== "remove") continue;
    const before = seen.get(event.key) ?? Number.NEGATIVE_INFINITY;
    assert.ok(event.version > before, `${event.key}: ${event.version} came after ${before}`);
    seen.set(event.key, event.version);
  }
}
