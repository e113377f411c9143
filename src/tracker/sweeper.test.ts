import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../clock/system.ts";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { checkpointed, claim, finish, replaced, request } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { MemoryMembers, openMemoryMembership } from "../engines/memory/memory-membership.ts";
import { MemoryRepoStore } from "../engines/memory/memory-repo.ts";
import type { Clock } from "../ports/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { stoppableClock } from "./stoppable-clock.testing.ts";
import { Sweeper } from "./sweeper.ts";

const LIMITS = DEFAULT_SETTINGS;
const NOW = Date.now();

async function world({ clock = systemClock, isFull = false }: { clock?: Clock; isFull?: boolean } = {}) {
  const store = new MemoryRepoStore();
  const repo = store.open();
  const files = new MemoryFileStore({ clock: systemClock });
  const sweeper = new Sweeper({
    self: "a/1",
    repo,
    files,
    membership: await openMemoryMembership(
      { clock: systemClock, log: silentLog, leaseMs: 1_000 },
      new MemoryMembers(),
    ),
    clock,
    running: new RunningTime(clock),
    log: silentLog,
    settings: DEFAULT_SETTINGS,
    isFull: () => isFull,
  });
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of files.list("")) found.push(key);
    return found.sort();
  };
  return { store, repo, files, sweeper, keys };
}

function asked(id: string): Download {
  return request({ user: id, slot: "default", kind: "csv", params: {} }, NOW, id);
}

function part(key: string) {
  return { key, size: 1, sha256: "00" };
}

const HOUR_MS = 3_600_000;
const BYTE = new Uint8Array([1]);

describe("sweeper", () => {
  it("keeps the bytes of records that it can't read: they may be a later version's", async () => {
    const { store, files, sweeper, keys } = await world();
    store.plant(keyOf(asked("later")), "later", JSON.stringify({ v: 99, id: "later" }));
    store.plant(keyOf(asked("torn")), "torn", '{"id":"torn","user":');
    store.plant(keyOf(asked("empty")), "empty", "{}");
    for (const id of ["later", "torn", "nobody"]) await files.put(`${id}/1/0`, BYTE);
    assert.deepEqual(await sweeper.sweep(), { expired: 0, parts: 1 });
    assert.deepEqual(await keys(), ["later/1/0", "torn/1/0"]);
  });

  it("removes expired records with their bytes, and keeps the others", async () => {
    const { repo, files, sweeper, keys } = await world();
    const held = claim(asked("old"), "a/1", NOW, LIMITS);
    const file = { name: "f", type: "t", size: 1, sha256: "00", parts: [part("old/1/0")] };
    await repo.insert(finish(held, file, NOW - 5_000 - LIMITS.graceMs, 1_000));
    await repo.insert(
      finish(claim(asked("new"), "a/1", NOW, LIMITS), { ...file, parts: [part("new/1/0")] }, NOW, 60_000),
    );
    await files.put("old/1/0", BYTE);
    await files.put("new/1/0", BYTE);
    assert.deepEqual(await sweeper.sweep(), { expired: 1, parts: 1 });
    assert.deepEqual(await keys(), ["new/1/0"]);
    assert.deepEqual(await repo.list("old"), []);
  });

  it("removes nothing by a time of day that was just set, but trusts one that stays", async () => {
    const { clock, run, setAhead } = stoppableClock();
    const { repo, sweeper } = await world({ clock });
    const file = { name: "f", type: "t", size: 0, sha256: "00", parts: [] };
    const held = claim(asked("ann"), "a/1", clock.now(), LIMITS);
    await repo.insert(finish(held, file, clock.now(), HOUR_MS));
    void sweeper.run();
    const { sweepMs } = DEFAULT_SETTINGS;
    for (let round = 0; round < 20; round++) {
      await run(sweepMs);
      setAhead(2 * HOUR_MS);
      await run(sweepMs / 2 - 2_000);
      setAhead(-2 * HOUR_MS);
    }
    assert.equal((await repo.list("ann")).length, 1);
    setAhead(2 * HOUR_MS);
    await run(2 * sweepMs);
    assert.equal((await repo.list("ann")).length, 0);
    sweeper.close();
  });

  it("keeps the bytes of an expired file for a grace period, except on a full disk", async () => {
    for (const isFull of [false, true]) {
      const { repo, files, sweeper, keys } = await world({ isFull });
      const file = { name: "f", type: "t", size: 1, sha256: "00", parts: [part("old/1/0")] };
      await repo.insert(finish(claim(asked("old"), "a/1", NOW, LIMITS), file, NOW - 5_000, 1_000));
      await files.put("old/1/0", BYTE);
      await sweeper.sweep();
      assert.deepEqual(await keys(), isFull ? [] : ["old/1/0"]);
    }
  });

  it("removes an expired copy, and its bytes unless the slot still has them", async () => {
    const { repo, files, sweeper, keys } = await world();
    const past = NOW - 2 * LIMITS.graceMs - 1;
    for (const id of ["kept", "taken"]) {
      const file = { name: "f", type: "t", size: 1, sha256: "00", parts: [part(`${id}/1/0`)] };
      const ready = finish(claim(asked(id), "a/1", NOW, LIMITS), file, NOW, 60_000);
      await repo.insert(id === "kept" ? ready : { ...asked("newer"), user: id });
      await repo.insert(replaced(ready, past, LIMITS.graceMs));
      await files.put(`${id}/1/0`, BYTE);
    }
    assert.deepEqual(await sweeper.sweep(), { expired: 2, parts: 1 });
    assert.deepEqual(await keys(), ["kept/1/0"]);
  });

  it("keeps a few copies per user, those that expire last", async () => {
    const { repo, files, sweeper, keys } = await world();
    for (let number = 0; number < 11; number++) {
      const id = `copy-${String(number).padStart(2, "0")}`;
      const file = { name: "f", type: "t", size: 1, sha256: "00", parts: [part(`${id}/1/0`)] };
      const ready = finish(claim({ ...asked(id), user: "ann" }, "a/1", NOW, LIMITS), file, NOW, 86_400_000);
      await repo.insert(replaced(ready, NOW + number, LIMITS.graceMs));
      await files.put(`${id}/1/0`, BYTE);
    }
    assert.deepEqual(await sweeper.sweep(), { expired: 3, parts: 3 });
    const left = await keys();
    assert.deepEqual([left.length, left[0]], [8, "copy-03/1/0"]);
  });

  it("keeps parts that a running download has or may still name, and removes those that older holders left", async () => {
    const { repo, files, sweeper, keys } = await world();
    const first = claim(asked("run"), "a/1", NOW, LIMITS);
    const saved = checkpointed(first, { state: 1, parts: [part("run/1/0")], size: 1, hash: "" });
    await repo.insert(claim(saved, "b/1", NOW, LIMITS));
    for (const key of ["run/1/0", "run/1/1", "run/2/1", "gone/1/0", "not-ours"]) await files.put(key, BYTE);
    await sweeper.sweep();
    assert.deepEqual(await keys(), ["not-ours", "run/1/0", "run/2/1"]);
  });
});
