import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import type { Entry } from "./record-entry.ts";
import { SlotView } from "./slot-view.ts";

describe("SlotView", () => {
  let clock: VirtualClock;
  let view: SlotView;
  const entry = (sequence: number, key: string | null, text: string | null): Entry => {
    return { sequence, storedAt: 0, write: "", key, text };
  };
  const ofAnn = (sequence: number) => view.ofOwner("ann", sequence);

  beforeEach(() => {
    clock = new VirtualClock({ seed: 1 });
    view = new SlotView(clock);
  });

  test("has the last write of each occupied slot of a user", async () => {
    view.take([entry(1, "ann.a", "one"), entry(2, "ann.b", "two"), entry(3, "bob.a", "three")]);
    view.take([entry(4, "ann.a", "four"), entry(6, "ann.b", null), entry(7, "ann.c", "seven")]);
    view.take([entry(5, "ann.a", "late")]);
    assert.deepEqual(await ofAnn(7), [
      { key: "ann.a", sequence: 4, text: "four" },
      { key: "ann.c", sequence: 7, text: "seven" },
    ]);
    assert.deepEqual(await view.ofOwner("cy", 7), []);
  });

  test("waits until it has come this far, also by an entry of no slot", async () => {
    let seen: unknown = "waiting";
    void ofAnn(2).then((found) => (seen = found?.length));
    view.take([entry(1, "ann.a", "one")]);
    await clock.advance(249);
    assert.equal(seen, "waiting");
    view.take([entry(2, null, null)]);
    await clock.advance(0);
    assert.equal(seen, 1);
  });

  test("has nothing to say if it does not get there soon, or is over", async () => {
    const late = ofAnn(1);
    await clock.advance(250);
    assert.equal(await late, null);
    const waiting = ofAnn(2);
    view.take([entry(1, "ann.a", "one")]);
    view.end();
    assert.equal(await waiting, null);
    assert.equal(await ofAnn(1), null);
    view.take([entry(2, "ann.a", "two")]);
    assert.equal(await ofAnn(1), null);
  });

  test("keeps the newest texts, up to 1 Mi characters", async () => {
    const text = "x".repeat(256 * 1024);
    view.take([1, 2, 3, 4].map((number) => entry(number, `ann.${number}`, text)));
    view.take([entry(5, "ann.5", text), entry(6, "ann.2", text), entry(7, "ann.3", null)]);
    const seen = (await ofAnn(7))!;
    const kept = (one: { text: string | null }) => one.text !== null;
    assert.deepEqual(
      seen.map((one) => [one.key, kept(one)]),
      [
        ["ann.1", false],
        ["ann.4", true],
        ["ann.5", true],
        ["ann.2", true],
      ],
    );
  });

  test("is over once it has more than 5,000 slots", async () => {
    const entries = Array.from({ length: 5_000 }, (_, index) => entry(index + 1, `user-${index}.a`, "x"));
    view.take(entries);
    assert.equal((await view.ofOwner("user-7", 5_000))?.length, 1);
    view.take([entry(10_001, "ann.a", "x")]);
    assert.equal(await view.ofOwner("user-7", 5_000), null);
  });
});
