import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyOf } from "../download/key.ts";
import { claim, request } from "../download/transitions.ts";
import { defineGenerator } from "../generator/generator.ts";
import { registryOf } from "../generator/registry.ts";
import { testMember } from "../ports/contracts/membership-contract.ts";
import { type Member, type Membership, MOST_FORETOLD, nodeIdOf } from "../ports/membership.ts";
import { ClusterCapacity } from "./cluster-capacity.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";

const LIMITS = { maxHandovers: 9, errorRetentionMs: 1 };
const ELSE_MS = 9_000;

/** A member that foretells these times, and holds this many downloads. */
function node(name: string, busy: number, process: number[], change: Partial<Member> = {}) {
  return { busy, member: testMember(name, { freeInMs: { process, inline: [] }, ...change }) };
}

function placesOf(...nodes: ReturnType<typeof node>[]) {
  const registry = registryOf([
    defineGenerator({ kind: "csv", file: { name: "f", type: "text/csv" }, run() {} }),
  ]);
  const unfinished = new UnfinishedIndex({ isAlive: () => true, moment: () => ({ at: 0, ranMs: 0 }) });
  const membership = { members: () => nodes.map(({ member }) => member) } as Membership;
  for (const { member, busy } of nodes) {
    for (let held = 0; held < busy; held++) {
      const asked = request(
        { user: `${member.name}-${held}`, slot: "s", kind: "csv", params: {} },
        1,
        `${held}`,
      );
      const download = claim(asked, nodeIdOf(member), 1, LIMITS);
      unfinished.apply({ type: "put", key: keyOf(download), version: 1, download });
    }
  }
  return new ClusterCapacity(unfinished, membership, registry)
    .places("csv", ELSE_MS)
    .map(({ freeInMs, count }) => `${count} in ${freeInMs}`)
    .sort();
}

describe("the places of a kind", () => {
  it("are free at once, when their node foretells, or else after what such a file takes", () => {
    assert.deepEqual(placesOf(node("a", 2, [300, 700], { capacity: 4 })), ["1 in 300", "1 in 700", "2 in 0"]);
    assert.deepEqual(placesOf(node("a", 2, [300]), node("b", 1, [])), [
      "1 in 0",
      "1 in 300",
      "1 in 9000",
      "1 in 9000",
    ]);
  });

  it("are those of nodes that make it and don't drain", () => {
    const others = [node("a", 0, [], { draining: true }), node("b", 0, [], { kinds: ["pdf"] })];
    assert.deepEqual(placesOf(...others, node("c", 0, [], { kinds: null })), ["2 in 0"]);
  });

  it("have become free, the soonest first, where the records show fewer busy ones than were foretold", () => {
    assert.deepEqual(placesOf(node("a", 1, [300, 700])), ["1 in 0", "1 in 700"]);
    assert.deepEqual(placesOf(node("a", 0, [300, 700])), ["2 in 0"]);
  });

  it("take longer than all that a node could foretell where it has more", () => {
    const times = Array.from({ length: MOST_FORETOLD }, (_, index) => 10_000 + index);
    const places = placesOf(node("a", 20, times, { capacity: 20 }));
    assert.ok(places.includes(`4 in ${times.at(-1)}`), `${places}`);
  });
});
