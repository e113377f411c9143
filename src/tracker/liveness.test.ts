import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { type Member, type Membership, NOTHING_FORETOLD, type NodeId } from "../ports/membership.ts";
import { Liveness } from "./liveness.ts";

const LEASE_MS = 3_000;
const MEMBER: Member = {
  name: "b",
  incarnation: "1",
  url: null,
  pid: null,
  version: "test",
  capacity: 1,
  inlineCapacity: 1,
  draining: false,
  kinds: null,
  revisions: {},
  freeInMs: NOTHING_FORETOLD,
};

/** A membership that answers from `standings`, and "unknown" for other nodes. */
function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const standings = new Map<NodeId, "alive" | "gone">([["b/1", "alive"]]);
  const changes: NodeId[] = [];
  const membership = { standing: (node: NodeId) => standings.get(node) ?? "unknown" } as Membership;
  const liveness = new Liveness(membership, clock, LEASE_MS, (node) => changes.push(node));
  const leave = (certain: boolean) => {
    standings.set("b/1", "gone");
    liveness.apply({ type: "left", node: "b/1", certain });
  };
  return { clock, standings, changes, liveness, leave };
}

describe("liveness", () => {
  it("considers an unknown node alive for one lease, then dead", async () => {
    const { clock, changes, liveness } = setUp();
    assert.equal(liveness.isAlive("x/1"), true);
    await clock.advance(LEASE_MS);
    assert.deepEqual(changes, ["x/1"]);
    assert.equal(liveness.isAlive("x/1"), false);
  });

  it("considers a silent node that was given up alive while it writes, and for one lease after", async () => {
    const { clock, changes, liveness, leave } = setUp();
    leave(false);
    assert.equal(liveness.isAlive("b/1"), false);
    for (let round = 0; round < 5; round += 1) {
      liveness.sawWriting("b/1");
      await clock.advance(LEASE_MS - 1);
      assert.equal(liveness.isAlive("b/1"), true);
    }
    assert.deepEqual(changes, ["b/1"]);
    await clock.advance(1);
    assert.equal(liveness.isAlive("b/1"), false);
    assert.deepEqual(changes, ["b/1", "b/1"]);
  });

  it("ignores late writes of a node that is certainly dead", () => {
    const { liveness, leave, changes } = setUp();
    leave(true);
    liveness.sawWriting("b/1");
    assert.equal(liveness.isAlive("b/1"), false);
    assert.deepEqual(changes, []);
  });

  it("forgets the writes when the death becomes certain, and when the node is heard from again", async () => {
    const { clock, standings, liveness, leave } = setUp();
    leave(false);
    liveness.sawWriting("b/1");
    leave(true);
    assert.equal(liveness.isAlive("b/1"), false);
    leave(false);
    liveness.sawWriting("b/1");
    standings.set("b/1", "alive");
    liveness.apply({ type: "joined", member: MEMBER });
    leave(false);
    assert.equal(liveness.isAlive("b/1"), false);
    await clock.advance(2 * LEASE_MS);
    assert.equal(liveness.isAlive("b/1"), false);
  });
});
