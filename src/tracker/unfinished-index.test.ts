import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { claim, fail, gained, release, request } from "../download/transitions.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };

function asked(user: string, ticket = 1): Download {
  return request({ user, slot: "default", kind: "csv", params: {} }, 1, `id-${user}-${ticket}`, {
    ticket,
    turns: 0,
  });
}

function put(download: Download, version: number) {
  return { type: "put", key: keyOf(download), version, download } as const;
}

function setUp(...dead: string[]) {
  const gone = new Set(dead);
  let ranMs = 0;
  const unfinished = new UnfinishedIndex({
    isAlive: (node) => !gone.has(node),
    moment: () => ({ at: 0, ranMs: ranMs++ }),
  });
  const waiting = () => [...unfinished.line].map(({ id }) => id);
  return { unfinished, gone, waiting };
}

describe("index of the unfinished", () => {
  it("queues downloads without a living holder, lowest ticket first", () => {
    const { unfinished, waiting } = setUp("b/1");
    unfinished.apply(put(asked("late", 3), 1));
    unfinished.apply(put(asked("early", 2), 2));
    unfinished.apply(put(claim(asked("held"), "a/1", 1, LIMITS), 3));
    unfinished.apply(put(claim(asked("orphaned"), "b/1", 1, LIMITS), 4));
    assert.deepEqual(waiting(), ["id-orphaned-1", "id-early-2", "id-late-3"]);
    assert.deepEqual(
      [...unfinished.heldBy("a/1")].map(({ id }) => id),
      ["id-held-1"],
    );
  });

  it("queues a node's downloads when it dies, and removes them from the queue when it comes back", () => {
    const { unfinished, gone, waiting } = setUp();
    unfinished.apply(put(claim(asked("ann"), "a/1", 1, LIMITS), 1));
    assert.deepEqual(waiting(), []);
    gone.add("a/1");
    unfinished.reconsider("a/1");
    assert.deepEqual(waiting(), ["id-ann-1"]);
    gone.clear();
    unfinished.reconsider("a/1");
    assert.deepEqual(waiting(), []);
  });

  it("reports whether there is something to look at: progress of a dead holder, but not of a living one", () => {
    const { unfinished, gone } = setUp();
    const held = claim(asked("ann"), "a/1", 1, LIMITS);
    const further = gained(held);
    assert.equal(unfinished.apply(put(held, 1)), true);
    assert.equal(unfinished.apply(put(further, 2)), false);
    gone.add("a/1");
    unfinished.reconsider("a/1");
    assert.equal(unfinished.apply(put(further, 3)), true);
    assert.equal(unfinished.apply(put(release(held, 0), 4)), true);
  });

  it("no longer marks a record as behind once its change has arrived", () => {
    const { unfinished } = setUp();
    const download = asked("ann");
    unfinished.apply(put(download, 1));
    unfinished.get(keyOf(download))!.isBehind = true;
    unfinished.apply(put(claim(download, "a/1", 1, LIMITS), 2));
    assert.equal(unfinished.get(keyOf(download))?.isBehind, false);
  });

  it("ignores changes older than the known version", () => {
    const { unfinished } = setUp();
    const download = asked("ann");
    unfinished.apply(put(claim(download, "a/1", 1, LIMITS), 5));
    unfinished.apply(put(download, 4));
    unfinished.apply({ type: "remove", key: keyOf(download), version: 3 });
    assert.equal(unfinished.get(keyOf(download))?.node, "a/1");
  });

  it("has exactly the records put between begin and synced, and later ones", () => {
    const users = ["ann", "bob", "cyd"];
    fc.assert(
      fc.property(fc.subarray(users), fc.subarray(users), fc.subarray(users), (before, between, after) => {
        const { unfinished, waiting } = setUp();
        let version = 0;
        for (const user of before) unfinished.apply(put(asked(user), ++version));
        unfinished.apply({ type: "begin" });
        for (const user of between) unfinished.apply(put(asked(user), ++version));
        unfinished.apply({ type: "synced" });
        for (const user of after) unfinished.apply(put(asked(user), ++version));
        const expected = users.filter((user) => between.includes(user) || after.includes(user));
        assert.deepEqual(
          waiting(),
          expected.map((user) => `id-${user}-1`),
        );
        assert.equal(unfinished.size, expected.length);
      }),
    );
  });

  it("drops records that are finished, removed, or replaced in their slot", () => {
    const { unfinished, waiting } = setUp();
    const ann = asked("ann");
    unfinished.apply(put(ann, 1));
    unfinished.apply(put(fail(ann, { code: "x", message: "x", retriable: false }, 1, LIMITS), 2));
    assert.equal(unfinished.size, 0);
    unfinished.apply(put(claim(ann, "a/1", 1, LIMITS), 3));
    unfinished.apply(put(asked("ann", 7), 4));
    assert.deepEqual(waiting(), ["id-ann-7"]);
    assert.deepEqual([...unfinished.holders()], []);
    unfinished.apply({ type: "remove", key: keyOf(ann), version: 5 });
    assert.equal(unfinished.size, 0);
  });
});
