import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../clock/system.ts";
import type { Download } from "../download/download.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { claim, finish, request } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { MemoryMembers, openMemoryMembership } from "../engines/memory/memory-membership.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import type { Clock } from "../ports/clock.ts";
import { sampleMark, sampleSaved } from "../ports/contracts/sample-downloads.ts";
import { silentLog } from "../telemetry/log.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { stoppableClock } from "./stoppable-clock.testing.ts";
import { Sweeper } from "./sweeper.ts";
import type { Entry } from "./unfinished-index.ts";

const LIMITS = DEFAULT_SETTINGS;
const NOW = Date.now();

/** `seen`: the downloads that the node knows are unfinished. */
async function world({ clock = systemClock, isFull = false }: { clock?: Clock; isFull?: boolean } = {}) {
  const store = new MemoryStore();
  const repo = openMemoryRepo(store);
  const files = new MemoryFileStore({ clock: systemClock });
  const seen = new Map<string, Pick<Entry, "key" | "id" | "epoch">>();
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
    unfinished: { ofId: (id) => seen.get(id) as Entry | undefined },
    isFull: () => isFull,
  });
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of files.list("")) found.push(key);
    return found.sort();
  };
  const sees = ({ id, epoch, ...slot }: Download) => seen.set(id, { id, epoch, key: keyOf(slot) });
  const isKept = async (id: string) => (await repo.history.find(id)) !== null;
  return { store, repo, files, sweeper, keys, sees, isKept };
}

function asked(id: string): Download {
  return request({ user: id, slot: "default", kind: "csv", params: {} }, NOW, id);
}

function ready(id: string, at: number, keptMs: number, ...partKeys: string[]): Download {
  const parts = partKeys.map((key) => ({ key, size: 1, sha256: "00" }));
  const file = { name: "f", type: "t", size: parts.length, sha256: "00", parts };
  return finish(claim(asked(id), "a/1", at, LIMITS), file, at, keptMs);
}

const HOUR_MS = 3_600_000;
const BYTE = new Uint8Array([1]);

describe("sweeper", () => {
  it("keeps the bytes of records that it can't read: they may belong to a later version", async () => {
    const { store, files, sweeper, keys } = await world();
    store.plant("slots", keyOf(asked("later")), JSON.stringify({ v: 99, id: "later" }));
    store.plant("slots", keyOf(asked("torn")), '{"id":"torn","user":');
    store.plant("slots", keyOf(asked("empty")), "{}");
    store.plant("history", downloadKey("ann", "kept"), "torn");
    for (const id of ["later", "torn", "kept", "nobody"]) await files.put(`${id}/1/0`, BYTE);
    assert.deepEqual(await sweeper.sweep(), { expired: 0, works: 0, parts: 1 });
    assert.deepEqual(await keys(), ["kept/1/0", "later/1/0", "torn/1/0"]);
  });

  it("removes expired records with their bytes and leaves the others", async () => {
    const { repo, files, sweeper, keys, isKept } = await world();
    await repo.history.put(ready("old", NOW - 5_000 - LIMITS.graceMs, 1_000, "old/1/0"));
    await repo.history.put(ready("new", NOW, 60_000, "new/1/0"));
    await files.put("old/1/0", BYTE);
    await files.put("new/1/0", BYTE);
    assert.deepEqual(await sweeper.sweep(), { expired: 1, works: 0, parts: 0 });
    assert.deepEqual(await keys(), ["new/1/0"]);
    assert.deepEqual([await isKept("old"), await isKept("new")], [false, true]);
  });

  it("removes all downloads that expire together, however many there are", async () => {
    const { repo, sweeper } = await world();
    for (let index = 0; index < 350; index++)
      await repo.history.put(ready(`id-${index}`, NOW - 5_000 - LIMITS.graceMs, 1_000));
    assert.equal((await sweeper.sweep()).expired, 350);
  });

  it("removes nothing by a time of day that was just set, but trusts one that stays", async () => {
    const { clock, run, setAhead } = stoppableClock();
    const { repo, sweeper, isKept } = await world({ clock });
    await repo.history.put(ready("ann", clock.now(), HOUR_MS));
    void sweeper.run();
    const { sweepMs } = DEFAULT_SETTINGS;
    for (let round = 0; round < 20; round++) {
      await run(sweepMs);
      setAhead(3 * HOUR_MS);
      await run(sweepMs / 2 - 2_000);
      setAhead(-3 * HOUR_MS);
    }
    assert.equal(await isKept("ann"), true);
    setAhead(3 * HOUR_MS);
    await run(2 * sweepMs);
    assert.equal(await isKept("ann"), false);
    sweeper.close();
  });

  it("keeps the bytes of an expired file for a grace period, except on a full disk", async () => {
    for (const isFull of [false, true]) {
      const { repo, files, sweeper, keys } = await world({ isFull });
      await repo.history.put(ready("old", NOW - 5_000, 1_000, "old/1/0"));
      await files.put("old/1/0", BYTE);
      await sweeper.sweep();
      assert.deepEqual(await keys(), isFull ? [] : ["old/1/0"]);
    }
  });

  it("keeps the parts that a running download names or may still name, and removes those of earlier holders", async () => {
    const { repo, files, sweeper, keys, sees } = await world();
    const second = claim(claim(asked("run"), "a/1", NOW, LIMITS), "b/1", NOW, LIMITS);
    await repo.slots.insert(second);
    sees(second);
    const parts = [{ key: "run/1/0", size: 1, sha256: "00" }];
    const checkpoint = { state: 1, parts, size: 1, hash: "" };
    const key = downloadKey("run", "run");
    const version = await repo.work.save(key, { ...sampleSaved(1), checkpoint, epoch: 1, madeIn: 1 }, null);
    for (const one of ["run/1/0", "run/1/1", "run/2/1", "gone/1/0", "not-ours"]) await files.put(one, BYTE);
    await sweeper.sweep();
    assert.deepEqual(
      await keys(),
      ["not-ours", "run/1/0", "run/1/1", "run/2/1"],
      "its first holder may still add",
    );
    await repo.work.save(key, { ...sampleSaved(1), checkpoint, epoch: 2, madeIn: 1 }, version);
    await sweeper.sweep();
    assert.deepEqual(await keys(), ["not-ours", "run/1/0", "run/2/1"]);
  });

  it("keeps the parts that the file of a finished download names, and removes the rest", async () => {
    const { repo, files, sweeper, keys } = await world();
    await repo.history.put(ready("done", NOW, 60_000, "done/2/0"));
    for (const key of ["done/1/0", "done/2/0", "done/2/1"]) await files.put(key, BYTE);
    assert.deepEqual(await sweeper.sweep(), { expired: 0, works: 0, parts: 2 });
    assert.deepEqual(await keys(), ["done/2/0"]);
  });

  it("keeps a download that its node has not seen yet, with its work, and one that is partly archived", async () => {
    const { repo, files, sweeper, keys } = await world();
    const unseen = claim(asked("unseen"), "b/1", NOW, LIMITS);
    await repo.slots.insert(unseen);
    await repo.slots.insert(ready("half", NOW, 60_000, "half/1/0"));
    for (const id of ["unseen", "half", "gone"])
      await repo.work.advance(downloadKey(id, id), sampleMark(1), null);
    for (const id of ["unseen", "half", "gone"]) await files.put(`${id}/1/0`, BYTE);
    assert.deepEqual(await sweeper.sweep(), { expired: 0, works: 1, parts: 1 });
    assert.deepEqual(await keys(), ["half/1/0", "unseen/1/0"]);
    assert.equal((await repo.work.keys()).length, 2);
  });

  it("checks a little of the stored data at a time, and eventually all of it", async () => {
    const { repo, files, sweeper, keys } = await world();
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let index = 0; index < 1_100; index++) {
      const id = `A${letters[index % 64]}-${index}`;
      await repo.history.put(ready(id, NOW, 60_000, `${id}/1/0`));
      await files.put(`${id}/1/0`, BYTE);
    }
    await files.put("A_orphan/1/0", BYTE);
    let removed = 0;
    let rounds = 0;
    for (; removed === 0 && rounds < 64; rounds++) removed += (await sweeper.sweep()).parts;
    assert.deepEqual([removed, rounds], [1, 64]);
    assert.equal((await keys()).length, 1_100);
  });
});
