import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Checkpoint, Download } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { claim, request } from "../download/transitions.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { UnavailableError } from "../errors.ts";
import type { Work } from "../ports/work.ts";
import { SupersededError } from "./held-slot.ts";
import { HeldWork } from "./held-work.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
const ASKED = request({ user: "ann", slot: "default", kind: "csv", params: {} }, 1, "id");
const FIRST = claim(ASKED, "a/1", 1, LIMITS);
const SECOND = claim(FIRST, "b/1", 1, LIMITS);
const KEY = downloadKey("ann", "id");
const tick = (done: number) => ({ done, total: 10, message: null });
const checkpoint = (size: number): Checkpoint => ({
  state: size,
  parts: [{ key: `id/1/${size}`, size, sha256: "00" }],
  size,
  hash: "h",
});
const isSuperseded = (error: unknown) => error instanceof SupersededError;

/** Work whose next writes can be made to fail before or after they are done; `confirm` as if the slot were ours. */
function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const { work } = openMemoryRepo(new MemoryStore());
  const troubles: ("refused" | "lost")[] = [];
  async function troubled<Answer>(write: () => Promise<Answer>): Promise<Answer> {
    const trouble = troubles.shift();
    if (trouble !== "refused") {
      const answer = await write();
      if (trouble === undefined) return answer;
    }
    throw new UnavailableError(`${trouble}`);
  }
  const state = { isOurs: true, reads: 0 };
  const unreliable: Work = {
    ...work,
    fetch: (key) => {
      state.reads += 1;
      return work.fetch(key);
    },
    advance: (key, mark, version) => troubled(() => work.advance(key, mark, version)),
    save: (key, saved, version) => troubled(() => work.save(key, saved, version)),
  };
  const confirm = async () => {
    if (!state.isOurs) throw new SupersededError(true);
  };
  const hold = (download: Download) => new HeldWork({ work: unreliable, clock, confirm }, download);
  const signal = new AbortController().signal;
  return { clock, work, troubles, state, hold, signal };
}

describe("the work of a holder", () => {
  it("continues from that of the previous holder, whose writes are refused from then on", async () => {
    const { work, hold, signal } = setUp();
    const first = hold(FIRST);
    await first.advance(tick(4), null, 900);
    await first.save(checkpoint(3), 800);
    const second = hold(SECOND);
    await second.take(signal);
    assert.deepEqual([second.checkpoint, second.progress.done, second.ranMs], [checkpoint(3), 4, 900]);
    await assert.rejects(first.advance(tick(9), null, 950), isSuperseded);
    await assert.rejects(first.save(checkpoint(9), 950), isSuperseded);
    await second.advance(tick(1), null, 1_000);
    const { mark, saved } = await work.fetch(KEY);
    assert.deepEqual([mark?.value.epoch, mark?.value.progress.done, mark?.value.ranMs], [2, 4, 1_000]);
    assert.deepEqual([saved?.value.epoch, saved?.value.madeIn, saved?.value.checkpoint?.size], [2, 1, 3]);
  });

  it("begins with work that was read early, and reads again what has changed since", async () => {
    const { work, state, hold, signal } = setUp();
    const first = hold(FIRST);
    await first.advance(tick(4), null, 900);
    await first.save(checkpoint(3), 800);
    const early = await work.fetch(KEY);
    const second = hold(SECOND);
    await second.take(signal, early);
    assert.deepEqual([second.checkpoint, second.progress.done, state.reads], [checkpoint(3), 4, 0]);
    await second.save(checkpoint(5), 950);
    const third = hold(claim(SECOND, "c/1", 1, LIMITS));
    await third.take(signal, early);
    assert.deepEqual([third.checkpoint, third.progress.done, third.ranMs], [checkpoint(5), 4, 950]);
    assert.equal(state.reads, 1);
    await assert.rejects(second.save(checkpoint(9), 990), isSuperseded);
  });

  it("fences off a holder that has written nothing yet", async () => {
    const { hold, signal } = setUp();
    const first = hold(FIRST);
    await hold(SECOND).take(signal);
    await assert.rejects(first.advance(tick(9), null, 1), isSuperseded);
    await assert.rejects(first.save(checkpoint(9), 1), isSuperseded);
    await assert.rejects(first.take(signal), isSuperseded);
  });

  it("keeps what the previous holder saved during the takeover", async () => {
    const { work, hold, signal } = setUp();
    const first = hold(FIRST);
    await first.save(checkpoint(3), 1);
    const second = hold(SECOND);
    const { fetch } = work;
    let isFirstRead = true;
    work.fetch = async (key) => {
      const answer = await fetch(key);
      if (isFirstRead) {
        isFirstRead = false;
        await first.save(checkpoint(5), 2);
      }
      return answer;
    };
    const unreliable = new HeldWork(
      { work, clock: new VirtualClock({ seed: 2 }), confirm: async () => {} },
      SECOND,
    );
    await unreliable.take(signal);
    assert.equal(unreliable.checkpoint?.size, 5);
    await second.take(signal);
    assert.equal(second.checkpoint?.size, 5, "taking it again changes nothing");
  });

  it("waits while the engine is unreachable, and continues from its own writes that were reported as lost", async () => {
    const { clock, work, hold, signal, troubles } = setUp();
    const held = hold(SECOND);
    troubles.push("lost", "refused", "lost");
    const taken = held.take(signal);
    await clock.advance(10_000);
    await taken;
    troubles.push("lost", "refused", "lost");
    const written = Promise.all([held.advance(tick(3), null, 5), held.advance(tick(4), null, 6)]);
    await clock.advance(10_000);
    await written;
    assert.equal((await work.fetch(KEY)).mark?.value.progress.done, 4);
  });

  it("counts a tick whose answer was lost: others may have seen it", async () => {
    const { clock, hold, troubles } = setUp();
    const held = hold(FIRST);
    troubles.push(...new Array<"lost">(1_000).fill("lost"));
    const writing = assert.rejects(held.advance(tick(3), null, 5), { code: "aborted" });
    await clock.advance(100);
    const ended = held.end();
    await clock.advance(2_000);
    await ended;
    await writing;
    assert.equal(held.progress.done, 3);
    assert.equal(held.isStored, true);
  });

  it("is written again if it was removed manually, and ends if the download is gone", async () => {
    const { work, hold, state } = setUp();
    const held = hold(FIRST);
    await held.advance(tick(3), null, 5);
    await work.remove(KEY);
    await held.advance(tick(4), null, 6);
    assert.equal((await work.fetch(KEY)).mark?.value.progress.done, 4);
    await work.remove(KEY);
    state.isOurs = false;
    await assert.rejects(held.advance(tick(5), null, 7), isSuperseded);
    assert.equal((await work.fetch(KEY)).mark, null);
  });

  it("knows that nothing is stored until something was written", async () => {
    const { hold } = setUp();
    const held = hold(FIRST);
    assert.equal(held.isStored, false);
    await held.end();
    assert.equal(held.isStored, false);
  });
});
