import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock as clock } from "../clock/system.ts";
import { keyOf } from "../download/key.ts";
import { claim, request } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { defineGenerator } from "../generator/generator.ts";
import { inlineExecutor } from "../generator/inline.ts";
import { registryOf } from "../generator/registry.ts";
import { silentLog } from "../telemetry/log.ts";
import { gated } from "./gated-generator.testing.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS as settings } from "./settings.ts";
import { WorkerPool } from "./worker-pool.ts";

async function setUp(t: { after(end: () => void): void }) {
  const gate = gated("inline", 1);
  const separate = defineGenerator({ kind: "process", file: { name: "a", type: "text/plain" }, run() {} });
  const registry = registryOf([gate.generator, separate]);
  const repo = openMemoryRepo(new MemoryStore());
  const executor = inlineExecutor({ registry, clock });
  await executor.ready();
  const running = new RunningTime(clock);
  t.after(() => running.close());
  const context = {
    repo,
    files: new MemoryFileStore({ clock }),
    executor,
    clock,
    running,
    log: silentLog,
    settings,
    archiver: { begin: () => {} },
    activity: { began: () => {}, ended: () => {} },
    tickMs: () => 0,
    onChanged: () => {},
  };
  const freed = { times: 0 };
  const pool = new WorkerPool(registry, context, { process: 1, inline: 2 }, () => {
    freed.times += 1;
  });
  /** A record that this node holds, in the repo. */
  async function held(user: string) {
    const asked = request({ user, slot: "default", kind: "inline", params: null }, clock.now(), user);
    const download = claim(asked, "n1/1", clock.now(), settings);
    const version = (await repo.slots.insert(download)) ?? assert.fail("the slot is free");
    return { key: keyOf(download), download, version, isFirst: true };
  }
  return { gate, repo, pool, held, freed };
}

describe("the pool of workers", () => {
  it("reserves as many places as there are of each isolation", async (t) => {
    const { pool } = await setUp(t);
    const first = pool.reserve("a", "inline");
    assert.ok(first);
    assert.equal(pool.reserve("a", "inline"), null, "it is at this slot already");
    assert.ok(pool.reserve("b", "inline"));
    assert.equal(pool.reserve("c", "inline"), null, "none is free");
    assert.ok(pool.reserve("c", "process"));
    assert.equal(pool.reserve("d", "unknown"), null);
    assert.deepEqual([pool.free("inline"), pool.free("process")], [0, 0]);
  });

  it("frees a place that is given back, and reports it", async (t) => {
    const { pool, freed } = await setUp(t);
    pool.reserve("a", "process")?.giveBack();
    assert.deepEqual([freed.times, pool.free("process"), pool.isAt("a")], [1, 1, false]);
    assert.ok(pool.reserve("b", "process"));
  });

  it("has a worker make the file, which occupies its place until the end", async (t) => {
    const { gate, repo, pool, held, freed } = await setUp(t);
    const stored = await held("ann");
    pool.reserve(stored.key, "inline")?.fill(stored);
    const worker = pool.get(stored.key) ?? assert.fail("it works");
    assert.deepEqual([pool.size, pool.free("inline"), freed.times], [1, 1, 0]);
    gate.pass();
    await worker.done;
    assert.equal((await repo.slots.fetch(stored.key))?.download.state, "ready");
    assert.deepEqual([pool.size, pool.free("inline"), freed.times], [0, 2, 1]);
  });

  it("foretells when its busy places will be free, as far as that is known", async (t) => {
    const { pool, held } = await setUp(t);
    const stored = await held("ann");
    assert.deepEqual(
      pool.freeInMs(() => 60_000),
      { process: [], inline: [] },
    );
    pool.reserve(stored.key, "inline")?.fill(stored);
    const { process, inline } = pool.freeInMs(() => 60_000);
    assert.deepEqual([process, inline.length], [[], 1]);
    assert.ok(inline[0]! > 30_000 && inline[0]! <= 60_000, `${inline}`);
    assert.deepEqual(pool.freeInMs(() => 0).inline, [0], "it takes longer than usual");
    assert.deepEqual(pool.freeInMs(() => null).inline, []);
    await pool.drain();
  });

  it("is drained when all have handed over, including those whose claim was in progress", async (t) => {
    const { repo, pool, held } = await setUp(t);
    const [ann, bob] = [await held("ann"), await held("bob")];
    pool.reserve(ann.key, "inline")?.fill(ann);
    const claiming = pool.reserve(bob.key, "inline");
    let isDrained = false;
    const drained = pool.drain().then(() => {
      isDrained = true;
    });
    await pool.get(ann.key)?.done;
    assert.equal(isDrained, false);
    claiming?.fill(bob);
    await drained;
    for (const { key } of [ann, bob]) {
      const { state, node } = (await repo.slots.fetch(key))?.download ?? assert.fail("it is there");
      assert.deepEqual([state, node], ["pending", null]);
    }
  });
});
