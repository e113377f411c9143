import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { RecentSequences } from "./recent-writes.ts";

describe("RecentSequences", () => {
  let clock: VirtualClock;
  let recent: RecentSequences;

  beforeEach(() => {
    clock = new VirtualClock({ seed: 1 });
    recent = new RecentSequences(clock);
  });

  test("an answer older than what was seen is contradicted", () => {
    recent.see("ann.default", 5, false);
    assert.ok(recent.contradicts("ann.default", 4));
    assert.ok(recent.contradicts("ann.default", 0));
    assert.ok(!recent.contradicts("ann.default", 5));
    assert.ok(!recent.contradicts("ann.default", 6));
    assert.ok(!recent.contradicts("bob.default", 0));
  });

  test("the highest sequence counts, whatever the order in which they were seen", () => {
    for (const sequence of [5, 7, 6]) recent.see("ann.default", sequence, false);
    assert.ok(recent.contradicts("ann.default", 6));
  });

  test("the missing tombstone of a removed record is not a contradiction", () => {
    recent.see("ann.default", 5, true);
    assert.ok(recent.contradicts("ann.default", 4));
    assert.ok(!recent.contradicts("ann.default", 0));
  });

  test("each key is remembered for 20 s after it was last seen", async () => {
    recent.see("ann.default", 5, false);
    await clock.advance(15_000);
    recent.see("bob.default", 6, false);
    recent.see("ann.other", 7, false);
    await clock.advance(4_999);
    assert.ok(recent.contradicts("ann.default", 4));
    assert.deepEqual(recent.keysOf("ann.").sort(), ["ann.default", "ann.other"]);
    await clock.advance(1);
    assert.ok(!recent.contradicts("ann.default", 4));
    assert.ok(recent.contradicts("bob.default", 4));
    assert.deepEqual(recent.keysOf("ann."), ["ann.other"]);
    recent.see("ann.default", 4, false);
    assert.ok(recent.contradicts("ann.default", 3));
    await clock.advance(14_999);
    assert.ok(recent.contradicts("bob.default", 4));
    await clock.advance(1);
    assert.ok(!recent.contradicts("bob.default", 4));
  });

  test("of too many keys the oldest are forgotten, but never the last 10,000", () => {
    const key = (index: number) => `user-${index}.default`;
    for (let index = 0; index < 50_000; index += 1) recent.see(key(index), index + 1, false);
    const known = Array.from({ length: 50_000 }, (_, index) => recent.contradicts(key(index), 0));
    const first = known.indexOf(true);
    assert.ok(first >= 30_000 && first <= 40_000, `${first}`);
    assert.ok(known.slice(first).every((isKnown) => isKnown));
    assert.deepEqual(recent.keysOf("user-0."), []);
    assert.deepEqual(recent.keysOf("user-49999."), [key(49_999)]);
  });
});
