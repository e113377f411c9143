import assert from "node:assert/strict";
import { test } from "node:test";
import { DeadMembers } from "./dead-members.ts";

test("a process is recognised by its member and its peer, until it proves to be alive", () => {
  const dead = new DeadMembers({ monotonic: () => 0 });
  dead.add("one/1", "peer-one");
  assert.deepEqual(
    [dead.was("one/1", "peer-one"), dead.was("one/1", "peer-two"), dead.was("two/1", "peer-one")],
    [true, false, false],
  );
  dead.forget("one/1");
  assert.equal(dead.was("one/1", "peer-one"), false);
});

test("the latest thousand are remembered", () => {
  const dead = new DeadMembers({ monotonic: () => 0 });
  for (let index = 0; index <= 1_000; index++) dead.add(`n/${index}`, "peer");
  assert.deepEqual(
    [0, 1, 1_000].map((index) => dead.was(`n/${index}`, "peer")),
    [false, true, true],
  );
});

test("a row expires ten minutes after it was first seen, and is reported once", () => {
  let now = 0;
  const dead = new DeadMembers({ monotonic: () => now });
  assert.equal(dead.isRowOver("one/1"), false);
  now = 599_999;
  assert.equal(dead.isRowOver("one/1"), false);
  now = 600_000;
  assert.equal(dead.isRowOver("one/1"), true);
  assert.equal(dead.isRowOver("one/1"), false, "a row that could not be removed is kept as long again");
});
