import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Replay, type Replayable } from "./replay.ts";

const entries = (...sequences: number[]): Replayable[] => sequences.map((sequence) => ({ sequence }));
const sequencesOf = (given: readonly Replayable[]) => given.map(({ sequence }) => sequence);

/** As after a snapshot that ended with this sequence. */
function following(last: number): Replay<Replayable> {
  const replay = new Replay<Replayable>();
  if (last > 0) replay.read({ sequence: last });
  replay.caughtUp();
  replay.release();
  return replay;
}

describe("Replay", () => {
  test("delivers the next entry at once, and never twice", () => {
    const replay = following(3);
    assert.deepEqual(sequencesOf(replay.live({ sequence: 4 })), [4]);
    assert.deepEqual(replay.live({ sequence: 4 }), []);
    assert.deepEqual(replay.read({ sequence: 4 }), []);
    assert.deepEqual(sequencesOf(replay.live({ sequence: 5 })), [5]);
    assert.equal(replay.hasGap, false);
  });

  test("keeps entries after a gap until a read has filled or skipped it", () => {
    const replay = following(3);
    for (const entry of entries(6, 5, 9)) assert.deepEqual(replay.live(entry), []);
    assert.ok(replay.hasGap);
    assert.deepEqual(sequencesOf(replay.read({ sequence: 4 })), [4, 5, 6]);
    assert.ok(replay.hasGap);
    assert.deepEqual(sequencesOf(replay.read({ sequence: 8 })), [8, 9]);
    assert.equal(replay.hasGap, false);
  });

  test("holds live entries back until it is released", () => {
    const replay = new Replay<Replayable>();
    assert.deepEqual(replay.live({ sequence: 1 }), []);
    assert.deepEqual(replay.live({ sequence: 3 }), []);
    assert.deepEqual(sequencesOf(replay.held()), [1]);
    assert.deepEqual(sequencesOf(replay.read({ sequence: 2 })), [2, 3]);
    replay.live({ sequence: 4 });
    assert.deepEqual(sequencesOf(replay.release()), [4]);
    assert.deepEqual(sequencesOf(replay.live({ sequence: 5 })), [5]);
  });

  test("a gap wider than its buffer is still recognised", () => {
    const replay = following(0);
    for (let sequence = 2; sequence <= 5_000; sequence += 1) replay.live({ sequence });
    const given = replay.read({ sequence: 1 });
    assert.ok(given.length < 5_000);
    assert.ok(replay.hasGap);
    for (let sequence = replay.last + 1; sequence <= 5_000; sequence += 1)
      given.push(...replay.read({ sequence }));
    assert.deepEqual(
      sequencesOf(given),
      Array.from({ length: 5_000 }, (_, index) => index + 1),
    );
    assert.equal(replay.hasGap, false);
  });

  describe("the floor", () => {
    test("at or below the known sequence misses nothing", () => {
      const replay = following(10);
      replay.live({ sequence: 11, floor: 10 });
      assert.equal(replay.missedRemoval, false);
      replay.read({ sequence: 20 });
      replay.read({ sequence: 30, floor: 11 });
      assert.equal(replay.missedRemoval, false);
    });

    test("above the known sequence, before entries were skipped: a removal may be missed", () => {
      const replay = following(10);
      replay.read({ sequence: 20 });
      replay.read({ sequence: 21 });
      replay.live({ sequence: 22, floor: 15 });
      assert.ok(replay.missedRemoval);
    });

    test("that existed before the first read does not matter", () => {
      const replay = new Replay<Replayable>(50);
      replay.read({ sequence: 70 });
      replay.read({ sequence: 80, floor: 50 });
      assert.equal(replay.missedRemoval, false);
      replay.read({ sequence: 90, floor: 51 });
      assert.ok(replay.missedRemoval);
    });

    test("skipped entries matter only until the leader had nothing newer", () => {
      const replay = following(10);
      replay.read({ sequence: 20 });
      replay.caughtUp();
      replay.live({ sequence: 21, floor: 15 });
      assert.equal(replay.missedRemoval, false);
    });
  });

  test("whatever is lost, duplicated or reordered: in order, each once, and no current entry left out", () => {
    const write = fc.record({ key: fc.integer({ min: 1, max: 4 }), copies: fc.constantFrom(0, 1, 1, 1, 2) });
    const stories = fc.record({
      writes: fc.array(write, { minLength: 1, maxLength: 60 }),
      /** The order in which live copies arrive, and how much of the stream reads see. */
      order: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    });
    fc.assert(
      fc.property(stories, ({ writes, order }) => {
        const chance = () => order.next().value;
        const replay = following(0);
        const given: Replayable[] = [];
        const arriving = writes.flatMap(({ copies }, index) => Array(copies).fill(index + 1) as number[]);
        let written = 0;
        const read = (known: number) => {
          const next = writes.findIndex((one, index) => {
            const isSuperseded = writes.slice(index + 1, known).some(({ key }) => key === one.key);
            return index >= replay.last && index < known && !isSuperseded;
          });
          if (next >= 0) given.push(...replay.read({ sequence: next + 1 }));
          return next >= 0;
        };
        while (written < writes.length) {
          written = Math.min(writes.length, written + Math.floor(chance() * 5));
          const arrived = arriving.filter((sequence) => sequence <= written && chance() < 0.7);
          arrived.sort(() => chance() - 0.5);
          for (const sequence of arrived) {
            arriving.splice(arriving.indexOf(sequence), 1);
            given.push(...replay.live({ sequence }));
          }
          // The replica that answers may lag behind.
          if (chance() < 0.3) read(Math.floor(chance() * (written + 1)));
        }
        while (read(writes.length));
        assert.equal(replay.last, writes.length);
        const sequences = sequencesOf(given);
        assert.deepEqual(
          sequences,
          [...new Set(sequences)].sort((a, b) => a - b),
        );
        for (const [index, { key }] of writes.entries()) {
          const isCurrent = !writes.slice(index + 1).some((later) => later.key === key);
          if (isCurrent) assert.ok(sequences.includes(index + 1), `${index + 1} of ${sequences}`);
        }
      }),
    );
  });
});
