import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { claim, request, retry } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { defineGenerator } from "../generator/generator.ts";
import { registryOf } from "../generator/registry.ts";
import { testMember } from "../ports/contracts/membership-contract.ts";
import type { Membership } from "../ports/membership.ts";
import { silentLog } from "../telemetry/log.ts";
import { ClusterCapacity, lineOf } from "./cluster-capacity.ts";
import { RecentSlots } from "./recent-slots.ts";
import { Revisions } from "./revisions.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { Supervisor } from "./supervisor.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";
import type { WorkerPool } from "./worker-pool.ts";

const SELF = "self/self-1";

/** A node that makes only "csv", and sees only the records that it is shown. */
async function setUp({ places = 1 } = {}) {
  const clock = new VirtualClock({ seed: 1 });
  const running = new RunningTime(clock);
  const repo = openMemoryRepo(new MemoryStore());
  const registry = registryOf([
    defineGenerator({ kind: "csv", file: { name: "f", type: "text/csv" }, run() {} }),
  ]);
  const membership = { members: () => [testMember("self", { kinds: ["csv"] })] } as Membership;
  const moment = () => ({ at: clock.now(), ranMs: running.read() });
  const unfinished = new UnfinishedIndex({
    isAlive: (node) => node === SELF,
    lineOf: lineOf(registry),
    moment,
  });
  const begun: string[] = [];
  let free = places;
  const workerPool: Pick<WorkerPool, "reserve" | "free" | "isAt"> = {
    reserve(_key, kind) {
      if (kind !== "csv" || free === 0) return null;
      free -= 1;
      return {
        fill: ({ download }) => void begun.push(download.id),
        giveBack: () => {
          free += 1;
        },
      };
    },
    free: () => free,
    isAt: () => false,
  };
  const recentSlots = new RecentSlots();
  const supervisor = new Supervisor({
    self: SELF,
    repo,
    clock,
    running,
    log: silentLog,
    activity: { ended: () => {} },
    settings: DEFAULT_SETTINGS,
    unfinished,
    recentSlots,
    places: new ClusterCapacity(unfinished, membership, registry),
    workerPool: workerPool as WorkerPool,
    revisions: new Revisions(registry),
    isAlive: (node) => node === SELF,
  });
  const show = (download: Download, version: number | null) => {
    const put = { type: "put", key: keyOf(download), version: version ?? 0, download } as const;
    unfinished.apply(put);
    recentSlots.apply(put);
  };
  supervisor.open();
  const stored = async () => (await repo.slots.list("ann"))[0]?.download;
  return { clock, repo, supervisor, show, begun, stored, free: () => free };
}

function asked(id: string, kind: string): Download {
  return request({ user: "ann", slot: "default", kind, params: null }, 1, id);
}

describe("supervisor", () => {
  it("claims the download that it saw, not one that has replaced it in its slot", async () => {
    const { clock, repo, supervisor, show, begun, stored, free } = await setUp();
    const first = asked("first", "csv");
    const version = (await repo.slots.insert(first)) ?? 0;
    show(first, version);
    await repo.slots.remove(keyOf(first), version);
    await repo.slots.insert(asked("second", "pdf"));
    supervisor.look();
    await clock.advance(10_000);
    assert.deepEqual([(await stored())?.state, (await stored())?.epoch], ["pending", 0]);
    assert.deepEqual([begun, free()], [[], 1]);
  });

  it("claims what has just arrived without reading it", async (t) => {
    const { clock, repo, supervisor, show, begun } = await setUp();
    const fetch = t.mock.method(repo.slots, "fetch");
    const first = asked("first", "csv");
    show(first, await repo.slots.insert(first));
    supervisor.look();
    await clock.advance(10);
    assert.deepEqual([begun, fetch.mock.callCount()], [["first"], 0]);
  });

  it("reads what has arrived if that is outdated", async (t) => {
    const { clock, repo, supervisor, show, begun } = await setUp();
    const fetch = t.mock.method(repo.slots, "fetch");
    const first = asked("first", "csv");
    const version = (await repo.slots.insert(first)) ?? 0;
    show(first, version);
    await repo.slots.update(first, version);
    for (const expected of [[], ["first"]]) {
      supervisor.look();
      await clock.advance(10);
      assert.deepEqual(begun, expected);
    }
    assert.equal(fetch.mock.callCount(), 1);
  });

  it("does not claim one that failed meanwhile and has to wait", async () => {
    const { clock, repo, supervisor, show, begun } = await setUp();
    const download = asked("first", "csv");
    const version = (await repo.slots.insert(download)) ?? 0;
    show(download, version);
    const failure = { code: "x", message: "", retriable: true };
    const held = claim(download, "b/1", 1, DEFAULT_SETTINGS);
    await repo.slots.update(retry(held, failure, 3, 1, 0.5, DEFAULT_SETTINGS), version);
    supervisor.look();
    await clock.advance(10_000);
    assert.deepEqual(begun, []);
  });

  it("waits out the backoff of a failed download from when it saw it", async () => {
    const { clock, repo, supervisor, show, begun } = await setUp();
    const failure = { code: "x", message: "", retriable: true };
    const held = claim(asked("first", "csv"), "b/1", 1, DEFAULT_SETTINGS);
    const failed = retry(held, failure, 3, 1, 0.5, DEFAULT_SETTINGS);
    show(failed, await repo.slots.insert(failed));
    supervisor.look();
    await clock.advance(failed.backoffMs - 1);
    assert.deepEqual(begun, []);
    await clock.advance(2);
    assert.deepEqual(begun, ["first"]);
  });

  for (const [what, kind, places] of [
    ["can't make", "pdf", 1],
    ["has no place for", "csv", 0],
  ] as const) {
    it(`gives back a download whose record names it as holder, but that it ${what}`, async () => {
      const { clock, repo, supervisor, show, begun, stored } = await setUp({ places });
      const held = claim(asked("stray", kind), SELF, 1, DEFAULT_SETTINGS);
      show(held, await repo.slots.insert(held));
      supervisor.look();
      await clock.advance(10_000);
      assert.deepEqual([(await stored())?.state, (await stored())?.node], ["pending", null]);
      assert.deepEqual(begun, []);
    });
  }
});
