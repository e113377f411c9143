import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { NO_PROGRESS } from "../download/progress.ts";
import { claim, request } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { UnavailableError } from "../errors.ts";
import type { Slots } from "../ports/slots.ts";
import { HeldSlot, SupersededError } from "./held-slot.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
/** An arbitrary change to the held record. */
const step = (download: Download): Download => ({ ...download, turns: download.turns + 1 });

/** A download held by a/1, and a repo whose next updates can be made to fail before or after they are done. */
async function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const store = new MemoryStore();
  const repo = openMemoryRepo(store).slots;
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
  const held = new HeldSlot(unreliable, clock, { download, version }, latest);
  const stored = async () => (await unreliable.fetch(held.key))?.download;
  return { clock, repo, unreliable, store, troubles, held, stored, download, version };
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
