import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock as clock } from "../clock/system.ts";
import { keyOf } from "../download/key.ts";
import { request } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { MemoryRepoStore } from "../engines/memory/memory-repo.ts";
import { registryOf } from "../generator/registry.ts";
import type { Repo } from "../ports/repo.ts";
import { silentLog } from "../telemetry/log.ts";
import { Requests } from "./requests.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { SlotIndex } from "./slot-index.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";

/** A user with three downloads, and how often all of them were read. */
async function setUp() {
  const repo = new MemoryRepoStore().open();
  let lists = 0;
  const counted: Repo = Object.assign(Object.create(repo) as Repo, {
    fetch: (key: string) => repo.fetch(key),
    list: (user: string) => {
      lists += 1;
      return repo.list(user);
    },
  });
  const slotIndex = new SlotIndex();
  for (const slot of ["a", "b", "c"]) {
    await repo.insert(request({ user: "ann", slot, kind: "csv", params: null }, clock.now(), `id-${slot}`));
  }
  const requests = new Requests({
    self: "a/1",
    repo: counted,
    files: new MemoryFileStore({ clock }),
    clock,
    log: silentLog,
    settings: DEFAULT_SETTINGS,
    registry: registryOf([]),
    workerPool: { get: () => undefined, reserve: () => null },
    unfinished: new UnfinishedIndex({ isAlive: () => true, moment: () => ({ at: 0, ranMs: 0 }) }),
    keyOf: (id) => slotIndex.of(id),
    isMade: () => false,
    mayClaim: () => false,
    statusOf: (download) => ({ download, node: null, position: null, etaMs: null }),
  });
  return { repo, requests, slotIndex, lists: () => lists };
}

describe("a download requested by its id", () => {
  it("is read alone if its slot is known", async () => {
    const { requests, slotIndex, lists } = await setUp();
    slotIndex.note("id-b", keyOf({ user: "ann", slot: "b" }));
    assert.equal((await requests.find("ann", "id-b"))?.download.slot, "b");
    assert.equal(lists(), 0);
  });

  it("is found even if its slot is not known", async () => {
    const { requests } = await setUp();
    assert.equal((await requests.find("ann", "id-c"))?.download.slot, "c");
    assert.equal(await requests.find("ann", "id-x"), null);
  });

  it("is not found for other users, nor is the download that replaced it", async () => {
    const { repo, requests, slotIndex, lists } = await setUp();
    const key = keyOf({ user: "ann", slot: "b" });
    slotIndex.note("id-b", key);
    assert.equal(await requests.find("bob", "id-b"), null);
    const stored = await repo.fetch(key);
    await repo.remove(key, stored?.version ?? 0);
    assert.equal(await requests.find("ann", "id-b"), null);
    await repo.insert(
      request({ user: "ann", slot: "b", kind: "csv", params: null }, clock.now(), "id-later"),
    );
    assert.equal(await requests.find("ann", "id-b"), null);
    assert.equal(lists(), 0);
  });
});

describe("slotIndex", () => {
  it("drops the oldest entries first, and is bounded", () => {
    const slotIndex = new SlotIndex();
    for (let index = 0; index < 30_000; index++) slotIndex.note(`id-${index}`, `key-${index}`);
    assert.equal(slotIndex.of("id-0"), undefined);
    assert.equal(slotIndex.of("id-29999"), "key-29999");
    assert.equal(slotIndex.of("id-10000"), "key-10000");
  });
});
