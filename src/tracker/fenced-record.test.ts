import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { advance, claim, request } from "../download/transitions.ts";
import { MemoryRepoStore } from "../engines/memory/memory-repo.ts";
import { UnavailableError } from "../errors.ts";
import type { Repo } from "../ports/repo.ts";
import { FencedRecord, SupersededError } from "./fenced-record.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
const step = (download: Download) =>
  advance(download, { done: download.progress.done + 1, total: null, message: null }, null);

/** A download held by a/1, and a repo whose next updates can be made to fail before or after they are applied. */
async function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const store = new MemoryRepoStore();
  const repo = store.open();
  const troubles: ("refused" | "lost")[] = [];
  const unreliable: Repo = {
    ...bound(repo),
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
  const record = new FencedRecord(unreliable, clock, { download, version }, () => clock.monotonic());
  const stored = async () => (await repo.fetch(record.key))?.download;
  return { clock, repo, store, troubles, record, stored, download, version };
}

function bound(repo: Repo): Repo {
  return {
    fetch: (key) => repo.fetch(key),
    list: (user) => repo.list(user),
    insert: (download) => repo.insert(download),
    update: (download, version) => repo.update(download, version),
    remove: (key, version) => repo.remove(key, version),
    watch: (signal) => repo.watch(signal),
    close: () => repo.close(),
  };
}

const isSuperseded = (removed: boolean) => (error: SupersededError) =>
  error instanceof SupersededError && error.removed === removed;

describe("a fenced record", () => {
  it("writes one after the other, each based on the last", async () => {
    const { record, stored } = await setUp();
    await Promise.all([record.write(step), record.write(step), record.write(step)]);
    assert.equal((await stored())?.progress.done, 3);
  });

  it("ends when a later version has written the record, which is not gone", async () => {
    const { record, store } = await setUp();
    store.plant(record.key, "ann", JSON.stringify({ ...record.download, v: 99 }));
    await assert.rejects(record.write(step), isSuperseded(false));
    await assert.rejects(record.confirm(), isSuperseded(false));
  });

  it("waits while the engine is unavailable, then writes", async () => {
    const { clock, record, troubles, stored } = await setUp();
    troubles.push("refused", "refused", "refused");
    const written = record.write(step);
    await clock.advance(10_000);
    assert.equal((await written).progress.done, 1);
    assert.equal((await stored())?.progress.done, 1);
  });

  it("continues from its own write that was reported as lost", async () => {
    const { clock, record, troubles } = await setUp();
    troubles.push("lost", "lost");
    const written = record.write(step);
    await clock.advance(10_000);
    assert.equal((await written).epoch, 1);
    assert.ok((await record.write(step)).progress.done >= 2);
  });

  it("ends when another node has claimed it, and writes nothing more", async () => {
    const { record, repo, download, version, stored } = await setUp();
    await repo.update(claim(download, "b/1", 1, LIMITS), version);
    await assert.rejects(record.write(step), isSuperseded(false));
    await assert.rejects(record.write(step), isSuperseded(false));
    assert.equal((await stored())?.node, "b/1");
  });

  it("ends when it was removed, even if the slot has a new download", async () => {
    for (const isReplaced of [false, true]) {
      const { record, repo, download, version } = await setUp();
      await repo.remove(record.key, version);
      if (isReplaced) await repo.insert({ ...download, id: "other" });
      await assert.rejects(record.write(step), isSuperseded(true));
    }
  });

  it("stops waiting for the engine when released", async () => {
    const { clock, record, troubles } = await setUp();
    troubles.push(...new Array<"refused">(1_000).fill("refused"));
    const written = assert.rejects(record.write(step), isSuperseded(false));
    await clock.advance(5_000);
    record.lose(false);
    await written;
  });

  it("ignores a copy older than its own last write", async () => {
    const { clock, record, repo } = await setUp();
    const before = await repo.fetch(record.key);
    await record.write(step);
    const { fetch } = repo;
    let reads = 0;
    repo.fetch = (key) => (++reads === 1 ? Promise.resolve(before) : fetch.call(repo, key));
    const confirmed = record.confirm();
    await clock.advance(1_000);
    await confirmed;
    assert.equal(reads, 2);
    assert.equal(record.download.progress.done, 1);
  });

  it("confirms a claim that it holds, and finds out when it is lost", async () => {
    const { record, repo } = await setUp();
    await record.confirm();
    await record.write(step);
    await record.confirm();
    await repo.remove(record.key, record.version);
    await assert.rejects(record.confirm(), isSuperseded(true));
  });
});
