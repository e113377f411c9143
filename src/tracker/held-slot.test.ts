import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { NO_PROGRESS } from "../download/progress.ts";
import { claim, fail, finish, request } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { UnavailableError } from "../errors.ts";
import type { Archived, Repo } from "../ports/repo.ts";
import type { Slots } from "../ports/slots.ts";
import { HeldSlot, SupersededError } from "./held-slot.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
/** An arbitrary change to the held record. */
const step = (download: Download): Download => ({ ...download, turns: download.turns + 1 });

/** A download held by a/1, and a repo whose next updates can be made to fail before or after they are done. */
async function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const store = new MemoryStore();
  const whole = openMemoryRepo(store);
  const repo = whole.slots;
  const troubles: ("refused" | "lost")[] = [];
  const unreliable: Slots = {
    ...repo,
    async update(download, version) {
      const trouble = troubles.shift();
      if (trouble !== "refused") {
        const answer = await repo.update(download, version);
        if (trouble === undefined) return answer;
      }
      throw new UnavailableError(`${trouble}`);
    },
  };
  const asked = request({ user: "ann", slot: "default", kind: "csv", params: {} }, 1, "id");
  const download = claim(asked, "a/1", 1, LIMITS);
  const version = (await repo.insert(download)) ?? 0;
  const checkpoints = { count: 2, at: 1 };
  const latest = () => ({ progress: { ...NO_PROGRESS, done: 7 }, ranMs: clock.monotonic(), checkpoints });
  const held = new HeldSlot({ ...whole, slots: unreliable }, clock, { download, version }, latest);
  const stored = async () => (await unreliable.fetch(held.key))?.download;
  return { clock, whole, repo, unreliable, store, troubles, held, stored, download, version, latest };
}

const FILE = { name: "a.csv", type: "text/csv", size: 0, sha256: "0".repeat(64), parts: [] };
const end = (download: Download): Download => finish(download, FILE, 9, 1_000);

/** The same over an engine that archives in one step; `around` may fail before or after it does so. */
async function setUpAtOnce(around: (archive: () => Promise<void>) => Promise<void> = (archive) => archive()) {
  const base = await setUp();
  const { whole, repo, clock, download, version, latest } = base;
  const archive: Repo["archive"] = async (finished) => {
    let archived: Archived | null = null;
    await around(async () => {
      if ((await repo.fetch(finished.key))?.version !== finished.version) return;
      const isKept = await whole.history.put(finished.download);
      archived = { isKept, version: (await repo.remove(finished.key, finished.version))! };
    });
    return archived;
  };
  const held = new HeldSlot({ ...whole, archive }, clock, { download, version }, latest);
  const archived = async () => (await whole.history.fetch(downloadKey("ann", "id")))?.download;
  return { ...base, held, archived };
}

const isSuperseded = (removed: boolean) => (error: SupersededError) =>
  error instanceof SupersededError && error.removed === removed;

describe("holding", () => {
  it("makes one write at a time, each based on the result of the previous one", async () => {
    const { held, stored } = await setUp();
    await Promise.all([held.write(step), held.write(step), held.write(step)]);
    assert.equal((await stored())?.turns, 3);
  });

  it("includes the latest progress in every write", async () => {
    const { held, stored } = await setUp();
    await held.write(step);
    assert.equal((await stored())?.progress.done, 7);
  });

  it("ends when a later version has written the record, without reporting it as gone", async () => {
    const { held, store } = await setUp();
    store.plant("slots", held.key, JSON.stringify({ ...held.download, v: 99 }));
    await assert.rejects(held.write(step), isSuperseded(false));
    await assert.rejects(held.confirm(), isSuperseded(false));
  });

  it("waits while the engine is unreachable, and then writes", async () => {
    const { clock, held, troubles, stored } = await setUp();
    troubles.push("refused", "refused", "refused");
    const written = held.write(step);
    await clock.advance(10_000);
    assert.equal((await written).download.turns, 1);
    assert.equal((await stored())?.turns, 1);
  });

  it("continues from its own write that was reported as lost", async () => {
    const { clock, held, troubles } = await setUp();
    troubles.push("lost", "lost");
    const written = held.write(step);
    await clock.advance(10_000);
    assert.equal((await written).download.epoch, 1);
    assert.ok((await held.write(step)).download.turns >= 2);
  });

  it("ends when another node has claimed it, and writes nothing more", async () => {
    const { held, repo, download, version, stored } = await setUp();
    await repo.update(claim(download, "b/1", 1, LIMITS), version);
    await assert.rejects(held.write(step), isSuperseded(false));
    await assert.rejects(held.write(step), isSuperseded(false));
    assert.equal((await stored())?.node, "b/1");
  });

  it("ends when it was removed, also when the slot has a new download", async () => {
    for (const isReplaced of [false, true]) {
      const { held, repo, download, version } = await setUp();
      await repo.remove(held.key, version);
      if (isReplaced) await repo.insert({ ...download, id: "other" });
      await assert.rejects(held.write(step), isSuperseded(true));
    }
  });

  it("stops waiting for the engine when it is released", async () => {
    const { clock, held, troubles } = await setUp();
    troubles.push(...new Array<"refused">(1_000).fill("refused"));
    const written = assert.rejects(held.write(step), isSuperseded(false));
    await clock.advance(5_000);
    held.lose(false);
    await written;
  });

  it("ignores a copy that is older than its own last write", async () => {
    const { clock, held, repo, unreliable } = await setUp();
    const before = await repo.fetch(held.key);
    await held.write(step);
    let reads = 0;
    unreliable.fetch = (key) => (++reads === 1 ? Promise.resolve(before) : repo.fetch(key));
    const confirmed = held.confirm();
    await clock.advance(1_000);
    await confirmed;
    assert.equal(reads, 2);
    assert.equal(held.download.turns, 1);
  });

  it("confirms that it still holds the slot, and notices when it does not", async () => {
    const { held, repo } = await setUp();
    await held.confirm();
    await held.write(step);
    await held.confirm();
    await repo.remove(held.key, held.version);
    await assert.rejects(held.confirm(), isSuperseded(true));
  });
});

describe("ending in one step with the move to the history", () => {
  it("publishes the file and frees the slot; what does not end goes to the slot", async () => {
    const { held, archived, stored } = await setUpAtOnce();
    assert.equal((await held.write(step)).isArchived, false);
    assert.equal((await stored())?.turns, 1);
    const written = await held.write(end);
    assert.equal(written.isArchived, true);
    assert.deepEqual(await archived(), written.download);
    assert.equal(written.download.progress.done, 7);
    assert.equal(await stored(), undefined);
  });

  it("recognizes its own end whose answer was lost, also if the news of the free slot came first", async () => {
    for (const newsFirst of [false, true]) {
      let isLost = false;
      const { clock, held, archived, repo, download } = await setUpAtOnce(async (archive) => {
        await archive();
        if (isLost) return;
        isLost = true;
        if (newsFirst) held.lose(true);
        await repo.insert({ ...download, id: "other" });
        throw new UnavailableError("lost");
      });
      const written = held.write(end);
      await clock.advance(10_000);
      assert.equal((await written).isArchived, true);
      assert.deepEqual((await written).download, await archived());
      assert.equal((await written).key, held.key);
    }
  });

  it("waits while the engine is unreachable, and then ends it once", async () => {
    let refusals = 3;
    const { clock, held, archived } = await setUpAtOnce(async (archive) => {
      if (refusals-- > 0) throw new UnavailableError("refused");
      await archive();
    });
    const written = held.write(end);
    await clock.advance(10_000);
    assert.equal((await written).isArchived, true);
    assert.equal((await archived())?.state, "ready");
  });

  it("is superseded by another holder's end, by a removal, and by a claim", async () => {
    const others: [boolean, (setting: Awaited<ReturnType<typeof setUpAtOnce>>) => Promise<unknown>][] = [
      [true, ({ repo, held }) => repo.remove(held.key, held.version)],
      [false, ({ repo, download, version }) => repo.update(claim(download, "b/1", 1, LIMITS), version)],
      [
        true,
        async ({ whole, repo, held, download }) => {
          const failure = { code: "x", message: "x", retriable: false };
          await whole.history.put(fail(claim(download, "b/1", 1, LIMITS), failure, 1, LIMITS));
          await repo.remove(held.key, held.version);
        },
      ],
      [true, ({ whole }) => whole.history.remove(downloadKey("ann", "id"))],
    ];
    for (const [removed, meanwhile] of others) {
      const setting = await setUpAtOnce();
      await meanwhile(setting);
      await assert.rejects(setting.held.write(end), isSuperseded(removed));
    }
  });
});
