import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { testMember } from "./contracts/membership-contract.ts";
import { type MembershipEvent, nodeIdOf } from "./membership.ts";
import { Roster } from "./roster.ts";

const member = testMember("one");
const node = nodeIdOf(member);

function roster(leaseMs = 100) {
  const events: MembershipEvent[] = [];
  return { roster: new Roster(leaseMs, (event) => events.push(event)), events };
}

test("silence for the lease is a death that can be revoked", () => {
  const { roster: view, events } = roster();
  view.hear(member, 0);
  assert.equal(view.nextExpiry(), 100);
  view.expire(99);
  assert.equal(view.standing(node), "alive");
  view.expire(100);
  assert.equal(view.standing(node), "gone");
  assert.equal(view.nextExpiry(), null);
  view.hear({ ...member, draining: true }, 150);
  assert.deepEqual(events, [
    { type: "joined", member },
    { type: "left", node, certain: false },
    { type: "joined", member: { ...member, draining: true } },
  ]);
});

test("a heartbeat that foretells something else is news of its own, and no change", () => {
  const { roster: view, events } = roster();
  const foretelling = { ...member, freeInMs: { process: [10], inline: [] } };
  view.hear(member, 0);
  view.hear(foretelling, 1);
  view.hear({ ...foretelling, freeInMs: { process: [10], inline: [] } }, 2);
  view.hear({ ...member, draining: true }, 3);
  assert.deepEqual(events, [
    { type: "joined", member },
    { type: "foretold", member: foretelling },
    { type: "changed", member: { ...member, draining: true } },
  ]);
});

test("a certain death is final, and is known even of a node that was never heard", () => {
  const { roster: view, events } = roster();
  assert.equal(view.standing(node), "unknown");
  assert.equal(view.bury(node), true);
  assert.equal(view.bury(node), false);
  view.hear(member, 1);
  assert.equal(view.standing(node), "gone");
  assert.deepEqual(view.members(), []);
  assert.deepEqual(view.recentlyDead(5), [node]);
  assert.deepEqual(events, [{ type: "left", node, certain: true }]);
});

test("a node that was silent and then certainly dies is reported once", () => {
  const { roster: view, events } = roster();
  view.hear(member, 0);
  view.expire(100);
  view.bury(node);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["joined", "left"],
  );
});

test("after a suspension of this node the silence of others counts from now", () => {
  const { roster: view } = roster();
  view.hear(member, 0);
  view.pardon(1_000);
  view.expire(1_050);
  assert.equal(view.standing(node), "alive");
  assert.equal(view.nextExpiry(), 1_100);
});

test("a node given up comes back with its next sign of life, even if it was never heard before", () => {
  const { roster: view, events } = roster();
  assert.equal(view.giveUp(node), true);
  assert.equal(view.giveUp(node), false);
  assert.equal(view.standing(node), "gone");
  view.hear(member, 1);
  assert.equal(view.giveUp(node), true);
  assert.deepEqual(view.members(), []);
  view.hear(member, 2);
  view.bury(node);
  assert.equal(view.giveUp(node), false);
  assert.deepEqual(
    events.map((event) => (event.type === "left" ? event.certain : event.type)),
    [false, "joined", false, "joined", true],
  );
});

test("quiet nodes are found before their lease ends", () => {
  const { roster: view } = roster();
  view.hear(member, 0);
  view.hear(testMember("two"), 50);
  view.hear(testMember("self"), Number.POSITIVE_INFINITY);
  assert.deepEqual(view.quietSince(49), [node]);
  assert.deepEqual(view.quietSince(-1), []);
});

test("the number of silent nodes kept is bounded", () => {
  const { roster: view } = roster();
  for (let index = 0; index < 10_002; index += 1) view.giveUp(`n/${index}`);
  assert.equal(view.standing("n/0"), "unknown");
  assert.equal(view.standing("n/10001"), "gone");
});

test("the number of dead nodes kept is bounded", () => {
  const { roster: view } = roster();
  for (let index = 0; index < 10_002; index += 1) view.bury(`n/${index}`);
  assert.equal(view.standing("n/0"), "unknown");
  assert.equal(view.standing("n/10001"), "gone");
});

test("replaying the events yields the living nodes", () => {
  const names = ["a", "b", "c"];
  const step = fc.record({
    what: fc.constantFrom("hear", "drain", "bury", "giveUp", "expire", "pardon"),
    name: fc.constantFrom(...names),
    afterMs: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { roster: view, events } = roster();
      const certain = new Set<string>();
      let now = 0;
      for (const { what, name, afterMs } of steps) {
        now += afterMs;
        const one = testMember(name, { draining: what === "drain" });
        if (what === "hear" || what === "drain") view.hear(one, now);
        if (what === "expire") view.expire(now);
        if (what === "giveUp") view.giveUp(nodeIdOf(one));
        if (what === "pardon") view.pardon(now);
        if (what === "bury" && view.bury(nodeIdOf(one))) certain.add(nodeIdOf(one));
      }
      const alive = new Map<string, unknown>();
      for (const event of events) {
        if (event.type === "left") alive.delete(event.node);
        else {
          assert.equal(alive.has(nodeIdOf(event.member)), event.type === "changed");
          alive.set(nodeIdOf(event.member), event.member);
        }
      }
      assert.deepEqual(new Set(alive.values()), new Set(view.members()));
      for (const dead of certain) assert.ok(!alive.has(dead));
    }),
  );
});
