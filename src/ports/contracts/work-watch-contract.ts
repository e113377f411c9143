/** @module The part of the Repo suite about watching the work. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { downloadKey } from "../../download/key.ts";
import type { Mark } from "../../download/work.ts";
import type { Repo, Version } from "../repo.ts";
import { Unseen } from "../unseen.ts";
import type { Work, WorkEvent } from "../work.ts";
import { FollowedWatch } from "./followed-watch.ts";
import type { RepoCluster } from "./repo-cluster.ts";
import { sampleMark, sampleSaved } from "./sample-downloads.ts";

/** The marks as a watcher knows them, and all events it received. */
class WatchingWork extends FollowedWatch<WorkEvent> {
  readonly marks = new Map<string, { version: Version; mark: Mark }>();
  readonly #unseen = new Unseen();

  constructor(work: Work, user: string | null) {
    super((signal) => work.watch(user, signal));
  }

  protected apply(event: WorkEvent): void {
    for (const key of this.#unseen.apply(event, () => this.marks.keys())) this.marks.delete(key);
    if (event.type === "remove") this.marks.delete(event.key);
    if (event.type === "put") this.marks.set(event.key, { version: event.version, mark: event.mark });
  }
}

/** Registers the tests; called by `workContract`. */
export function workWatchContract(make: () => Promise<RepoCluster>): void {
  describe("watched", () => {
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

    const annX = downloadKey("ann", "x");
    const bobY = downloadKey("bob", "y");

    test("begins with all existing marks of this user, or of all users", async () => {
      await one.advance(annX, sampleMark(1), null);
      await one.advance(bobY, sampleMark(2), null);
      await one.save(downloadKey("ann", "unmarked"), sampleSaved(1), null);
      const gone = downloadKey("ann", "gone");
      await one.advance(gone, sampleMark(3), null);
      await one.remove(gone);
      const ofAnn = new WatchingWork(two, "ann");
      const ofAll = new WatchingWork(two, null);
      await Promise.all([ofAnn.synced(), ofAll.synced()]);
      assert.deepEqual(
        ofAnn.events.map(({ type }) => type),
        ["begin", "put", "synced"],
      );
      assert.deepEqual(ofAnn.marks.get(annX)?.mark, sampleMark(1));
      assert.deepEqual([...ofAll.marks.keys()].sort(), [annX, bobY].sort());
    });

    test("a tick arrives on this and on another node, with increasing versions; ticks of other users don't", async () => {
      const ofAnn = [new WatchingWork(one, "ann"), new WatchingWork(two, "ann")];
      const ofAll = new WatchingWork(two, null);
      await Promise.all([...ofAnn, ofAll].map((watching) => watching.synced()));
      let version: Version | null = null;
      for (let round = 1; round <= 30; round += 1) {
        const writer = round % 2 === 0 ? one : two;
        version = await writer.advance(annX, sampleMark(round), version);
        await writer.advance(downloadKey("bob", `y-${round}`), sampleMark(round), null);
      }
      for (const watching of [...ofAnn, ofAll]) {
        await watching.until(({ marks }) => marks.get(annX)?.version === version);
        assert.equal(watching.marks.get(annX)?.mark.progress.done, 30);
        assertOrdered(watching.events);
      }
      await ofAll.until(({ marks }) => marks.size === 31);
      for (const watching of ofAnn) assert.deepEqual([...watching.marks.keys()], [annX]);
    });

    test("a removal arrives, even if there was no mark, and so does a new mark after it", async () => {
      const watching = new WatchingWork(one, "ann");
      await watching.synced();
      await two.remove(annX);
      await watching.until(({ events }) => events.at(-1)?.type === "remove");
      await two.advance(annX, sampleMark(1), null);
      await watching.until(({ marks }) => marks.has(annX));
      await two.remove(annX);
      await watching.until(({ marks }) => !marks.has(annX));
      await two.remove(annX);
      await watching.until(({ events }) => events.filter(({ type }) => type === "remove").length === 3);
      assertOrdered(watching.events);
    });

    test("saved states are not reported", async () => {
      const watching = new WatchingWork(one, null);
      await watching.synced();
      await two.save(annX, sampleSaved(1), null);
      await two.advance(bobY, sampleMark(1), null);
      await watching.until(({ marks }) => marks.has(bobY));
      assert.deepEqual(
        watching.events.map(({ type }) => type),
        ["begin", "synced", "put"],
      );
    });

    test("misses no tick if started during ticks", async () => {
      const watchings: WatchingWork[] = [];
      const last = new Map<string, Version>();
      const writes = Array.from({ length: 40 }, async (_, index) => {
        const key = downloadKey(index % 2 === 0 ? "ann" : "bob", `id-${index}`);
        const writer = index % 3 === 0 ? one : two;
        const first = await writer.advance(key, sampleMark(1), null);
        if (index % 8 === 0) watchings.push(new WatchingWork(index % 16 === 0 ? one : two, "ann"));
        last.set(key, (await writer.advance(key, sampleMark(2), first))!);
      });
      await Promise.all(writes);
      const ofAnn = [...last].filter(([key]) => key.startsWith(annX.slice(0, -1)));
      assert.equal(ofAnn.length, 20);
      for (const watching of watchings) {
        await watching.until(
          ({ marks }) =>
            marks.size === 20 && ofAnn.every(([key, version]) => marks.get(key)?.version === version),
        );
        assertOrdered(watching.events);
      }
    });

    test("an unreadable mark is reported as a removal", async () => {
      const watching = new WatchingWork(one, "ann");
      await watching.synced();
      await two.advance(annX, sampleMark(1), null);
      await watching.until(({ marks }) => marks.has(annX));
      await cluster.plant("marks", annX, "{}");
      await watching.until(({ marks }) => !marks.has(annX));
      const told = watching.events.at(-1);
      assert.ok(told?.type === "remove" && told.unreadable?.isNewer === false);
    });

    test("an abort ends this watcher only; closing the repo ends all its watchers", async () => {
      const stopped = new WatchingWork(one, "ann");
      const going = new WatchingWork(one, "ann");
      const other = new WatchingWork(two, "ann");
      await Promise.all([stopped, going, other].map((watching) => watching.synced()));
      stopped.stop();
      await stopped.ended;
      await two.advance(annX, sampleMark(1), null);
      await going.until(({ marks }) => marks.has(annX));
      assert.equal(stopped.marks.size, 0);
      await repo.close();
      await going.ended;
      await other.until(({ marks }) => marks.has(annX));
      for await (const event of two.watch("ann", AbortSignal.abort())) assert.fail(`told ${event.type}`);
    });
  });
}

/** Versions of a key only grow, except in a new snapshot. */
function assertOrdered(events: readonly WorkEvent[]): void {
  const seen = new Map<string, Version>();
  for (const event of events) {
    if (event.type === "begin") seen.clear();
    if (event.type !== "put" && event.type !== "remove") continue;
    const before = seen.get(event.key) ?? Number.NEGATIVE_INFINITY;
    assert.ok(event.version > before, `${event.key}: ${event.version} came after ${before}`);
    seen.set(event.key, event.version);
  }
}
