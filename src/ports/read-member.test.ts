import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../download/json.ts";
import { testMember } from "./contracts/membership-contract.ts";
import { MOST_FORETOLD, NOTHING_FORETOLD } from "./membership.ts";
import { readMember } from "./read-member.ts";

const member = testMember("one", { freeInMs: { process: [20, 300], inline: [0] } });
const sent = (freeInMs: unknown): Json => JSON.parse(JSON.stringify({ ...member, freeInMs }));

test("what a node foretells is read with it", () => {
  assert.deepEqual(readMember(sent(member.freeInMs)), member);
});

test("an older version foretells nothing", () => {
  const { freeInMs: _, ...older } = member;
  assert.deepEqual(readMember(older as unknown as Json)?.freeInMs, NOTHING_FORETOLD);
});

test("invalid times are left out, and no more than the limit are read", () => {
  for (const wrong of [null, 1, "soon", [], { process: 3 }, { inline: { 0: 1 } }])
    assert.deepEqual(readMember(sent(wrong))?.freeInMs, NOTHING_FORETOLD);
  const read = readMember(sent({ process: [5, -1, "7", null, 2], inline: Array(1_000).fill(1) }));
  assert.deepEqual(read?.freeInMs, { process: [2, 5], inline: Array(MOST_FORETOLD).fill(1) });
});
