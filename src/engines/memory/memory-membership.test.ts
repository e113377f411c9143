import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../clock/system.ts";
import type { Clock } from "../../ports/clock.ts";
import { eventOf, membershipContract, testMember } from "../../ports/contracts/membership-contract.ts";
import { type Membership, type MembershipEvent, nodeIdOf } from "../../ports/membership.ts";
import { MemoryMembershipHub } from "./memory-membership.ts";

membershipContract("memory", async () => {
  const hub = new MemoryMembershipHub({ clock: systemClock, leaseMs: 3_000 });
  const opened: Membership[] = [];
  return {
    open: async () => {
      const view = hub.open();
      opened.push(view);
      return view;
    },
    dispose: async () => {
      for (const view of opened) await view.close();
    },
  };
});

/** A clock whose timers fire when told. */
function manualClock(): { clock: Clock; elapse: () => void } {
  const timers = new Set<() => void>();
  const clock: Clock = {
    ...systemClock,
    after: (_ms, callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
  };
  return { clock, elapse: () => [...timers].map((fire) => fire()) };
}

async function twoNodes() {
  const { clock, elapse } = manualClock();
  const hub = new MemoryMembershipHub({ clock, leaseMs: 3_000 });
  const [one, two] = [hub.open(), hub.open()];
  const [first, second] = [testMember("one"), testMember("two")];
  await one.join(first);
  await two.join(second);
  return { hub, elapse, one, two, first, second };
}

test("a crash is certain for the others at once, and nothing for the crashed", async () => {
  const { hub, one, two, second } = await twoNodes();
  const left = eventOf(one, "left", nodeIdOf(second));
  hub.crash(nodeIdOf(second));
  assert.equal(one.standing(nodeIdOf(second)), "gone");
  assert.equal((await left).certain, true);
  assert.equal(two.standing(nodeIdOf(second)), "alive");
});

test("a frozen node is given up after the lease, joins again when it goes on, and hears what it missed", async () => {
  const { hub, elapse, one, two, first, second } = await twoNodes();
  const left = eventOf(one, "left", nodeIdOf(second));
  hub.freeze(nodeIdOf(second));
  assert.equal(one.standing(nodeIdOf(second)), "alive");
  elapse();
  assert.equal((await left).certain, false);
  assert.equal(one.standing(nodeIdOf(second)), "gone");
  await one.update({ draining: true });

  const events: MembershipEvent[] = [];
  two.watch((event) => events.push(event));
  const joined = eventOf(one, "joined", nodeIdOf(second));
  hub.thaw(nodeIdOf(second));
  await joined;
  assert.equal(two.standing(nodeIdOf(second)), "alive");
  assert.deepEqual(events, [{ type: "changed", member: { ...first, draining: true } }]);
});

test("a freeze shorter than the lease is nothing", async () => {
  const { hub, elapse, one, second } = await twoNodes();
  hub.freeze(nodeIdOf(second));
  hub.thaw(nodeIdOf(second));
  elapse();
  assert.equal(one.standing(nodeIdOf(second)), "alive");
});

test("a frozen node that dies was gone already: nothing is told twice", async () => {
  const { hub, elapse, one, second } = await twoNodes();
  const events: MembershipEvent[] = [];
  one.watch((event) => events.push(event));
  hub.freeze(nodeIdOf(second));
  elapse();
  hub.crash(nodeIdOf(second));
  hub.thaw(nodeIdOf(second));
  await one.update({ draining: true });
  assert.deepEqual(
    events.map(({ type }) => type),
    ["left", "changed"],
  );
});
