import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../clock/system.ts";
import { eventOf, membershipContract, testMember } from "../../ports/contracts/membership-contract.ts";
import { type Membership, nodeIdOf } from "../../ports/membership.ts";
import { silentLog } from "../../telemetry/log.ts";
import { MemoryMembers, openMemoryMembership } from "./memory-membership.ts";

let elapsedMs = 0;
/** A clock on which waiting takes no time. */
const clock = {
  ...systemClock,
  monotonic: () => elapsedMs,
  sleep: async (ms: number) => {
    elapsedMs += ms;
  },
};
const options = { clock, log: silentLog, leaseMs: 3_000 };

const memory = async () => {
  const members = new MemoryMembers();
  const opened: Membership[] = [];
  return {
    open: async () => {
      const view = await openMemoryMembership(options, members);
      opened.push(view);
      return view;
    },
    dispose: async () => {
      for (const view of opened) await view.close();
    },
  };
};
membershipContract("memory", memory, { canSlander: false });

test("the others know of a crash for certain at once; the crashed node sees nothing, and its messages are ignored", async (t) => {
  const members = new MemoryMembers();
  const [one, two] = [
    await openMemoryMembership(options, members),
    await openMemoryMembership(options, members),
  ];
  t.after(() => Promise.all([one.close(), two.close()]));
  const node = nodeIdOf(testMember("two"));
  await one.join(testMember("one"));
  await two.join(testMember("two"));
  const left = eventOf(one, "left", node);
  members.crash(node);
  assert.equal(one.standing(node), "gone");
  assert.equal((await left).certain, true);
  assert.equal(two.standing(node), "alive");
  const late = await openMemoryMembership(options, members);
  t.after(() => late.close());
  await two.update({ draining: true });
  assert.deepEqual(
    [one, late].map((view) => view.members()),
    [[testMember("one")], [testMember("one")]],
  );
});
