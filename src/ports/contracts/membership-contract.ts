/** @module The contract of every Membership adapter, as a test suite. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import {
  type Member,
  type Membership,
  type MembershipEvent,
  NOTHING_FORETOLD,
  type NodeId,
  nodeIdOf,
} from "../membership.ts";

/** A separate cluster for one test. */
export interface MembershipCluster {
  /** The membership of another node, not joined yet. */
  open(): Promise<Membership>;
  /** Falsely reports to all nodes that a node has left. Required unless only the node itself can report that. */
  slander?(node: NodeId): void;
  /** Closes what is still open. */
  dispose(): Promise<void>;
}

/** A member for tests; the incarnation is derived from the name unless given. */
export function testMember(name: string, change: Partial<Member> = {}): Member {
  return {
    name,
    incarnation: `${name}-1`,
    url: `http://127.0.0.1/${name}`,
    pid: process.pid,
    version: "1.2.3",
    capacity: 2,
    inlineCapacity: 100,
    draining: false,
    kinds: ["csv", "pdf"],
    revisions: { csv: "r1", pdf: "" },
    freeInMs: NOTHING_FORETOLD,
    ...change,
  };
}

/** Resolves with the first matching event from now on. */
export function eventOf<Type extends MembershipEvent["type"]>(
  membership: Membership,
  type: Type,
  node: NodeId,
): Promise<Extract<MembershipEvent, { type: Type }>> {
  return new Promise((resolve) => {
    const stop = membership.watch((event) => {
      const id = event.type === "left" ? event.node : nodeIdOf(event.member);
      if (event.type !== type || id !== node) return;
      stop();
      resolve(event as Extract<MembershipEvent, { type: Type }>);
    });
  });
}

/** Resolves when this member is seen as alive, now or later. */
export async function seen(membership: Membership, node: NodeId): Promise<void> {
  if (membership.standing(node) !== "alive") await eventOf(membership, "joined", node);
}

/** Runs the suite against an adapter. `canSlander`: false if only a node itself can report that it has left. */
export function membershipContract(
  name: string,
  create: () => Promise<MembershipCluster>,
  { canSlander = true }: { canSlander?: boolean } = {},
): void {
  describe(`Membership: ${name}`, () => {
    let cluster: MembershipCluster;
    let one: Membership;
    let two: Membership;
    const first = testMember("one");
    const second = testMember("two", { url: null, capacity: 7 });
    const third = testMember("three", { kinds: [] });

    beforeEach(async () => {
      cluster = await create();
      one = await cluster.open();
      two = await cluster.open();
    });
    afterEach(() => cluster.dispose());

    const both = async () => {
      await one.join(first);
      await two.join(second);
      await Promise.all([seen(one, nodeIdOf(second)), seen(two, nodeIdOf(first))]);
    };

    test("a lone node sees itself once it has joined", async () => {
      assert.deepEqual(one.members(), []);
      const joined = eventOf(one, "joined", nodeIdOf(first));
      await one.join(first);
      assert.deepEqual(one.members(), [first]);
      assert.deepEqual((await joined).member, first);
    });

    test("a joining node sees the others, and they see it with all its data", async () => {
      await one.join(first);
      const joined = eventOf(one, "joined", nodeIdOf(second));
      await two.join(second);
      assert.deepEqual((await joined).member, second);
      await seen(two, nodeIdOf(first));
      assert.deepEqual(byName(one), [first, second]);
      assert.deepEqual(byName(two), [first, second]);
    });

    test("a later node, and one that only observes, see all", async () => {
      await both();
      const three = await cluster.open();
      const onlooker = await cluster.open();
      await three.join(third);
      for (const view of [one, two, three, onlooker]) {
        await Promise.all([first, second, third].map((member) => seen(view, nodeIdOf(member))));
        assert.deepEqual(byName(view), [first, third, second]);
      }
    });

    test("nodes that join at the same time see each other", async () => {
      const three = await cluster.open();
      await Promise.all([one.join(first), two.join(second), three.join(third)]);
      for (const view of [one, two, three]) {
        await Promise.all([first, second, third].map((member) => seen(view, nodeIdOf(member))));
      }
    });

    test("a change is seen by the others, the node itself and later nodes", async () => {
      await both();
      const heard = [one, two].map((view) => eventOf(view, "changed", nodeIdOf(first)));
      await one.update({ draining: true, url: "http://127.0.0.1:1", capacity: 0 });
      const changed = { ...first, draining: true, url: "http://127.0.0.1:1", capacity: 0 };
      for (const event of heard) assert.deepEqual((await event).member, changed);
      assert.deepEqual(byName(two), [changed, second]);
      const three = await cluster.open();
      await three.join(third);
      await seen(three, nodeIdOf(first));
      assert.deepEqual(byName(three)[0], changed);
    });

    test("a node's heartbeats carry when its places will be free", async () => {
      let ms = 0;
      await one.join(first, undefined, () => ({ process: [++ms], inline: [ms, 2 * ms] }));
      await two.join(second);
      for (const view of [one, two]) {
        const { member } = await eventOf(view, "foretold", nodeIdOf(first));
        const [said = 0] = member.freeInMs.process;
        assert.deepEqual(member, { ...first, freeInMs: { process: [said], inline: [said, 2 * said] } });
        assert.ok(said >= 1 && said <= ms);
      }
    });

    test("a node that leaves is certainly gone, in its own view too", async () => {
      await both();
      const heard = [one, two].map((view) => eventOf(view, "left", nodeIdOf(second)));
      await two.leave();
      await two.leave();
      for (const event of heard) assert.equal((await event).certain, true);
      assert.deepEqual(one.members(), [first]);
      assert.deepEqual(byName(two), [first]);
      assert.equal(one.standing(nodeIdOf(second)), "gone");
      assert.equal(two.standing(nodeIdOf(second)), "gone");
      assert.equal(two.standing(nodeIdOf(first)), "alive");
    });

    const comesBack = async () => {
      assert.ok(cluster.slander, "slander is missing");
      await both();
      const left = eventOf(one, "left", nodeIdOf(second));
      cluster.slander(nodeIdOf(second));
      await left;
      await seen(one, nodeIdOf(second));
      assert.deepEqual(byName(one), [first, second]);
      assert.deepEqual(byName(two), [first, second]);
      const leaves = eventOf(one, "left", nodeIdOf(second));
      await two.leave();
      await leaves;
      assert.deepEqual(one.members(), [first]);
    };
    if (canSlander) test("a living node falsely reported as gone comes back", comesBack);

    test("closing leaves the cluster", async () => {
      await both();
      const left = eventOf(one, "left", nodeIdOf(second));
      await two.close();
      assert.equal((await left).certain, true);
    });

    test("standing distinguishes living, gone and unknown nodes", async () => {
      await both();
      await two.leave();
      if (one.standing(nodeIdOf(second)) === "alive") await eventOf(one, "left", nodeIdOf(second));
      assert.equal(one.standing(nodeIdOf(first)), "alive");
      assert.equal(one.standing(nodeIdOf(second)), "gone");
      assert.equal(one.standing("two/another-incarnation"), "unknown");
      assert.equal(one.standing("never/heard-of"), "unknown");
    });

    test("an incarnation that left never comes back, a new one of the same name does", async () => {
      await both();
      const left = eventOf(one, "left", nodeIdOf(second));
      await two.leave();
      await left;
      const events: MembershipEvent[] = [];
      one.watch((event) => events.push(event));
      const again = await cluster.open();
      await assert.rejects(again.join(second), { code: "invalid-request" });
      const reborn = await cluster.open();
      const reincarnated = testMember("two", { incarnation: "two-2" });
      await reborn.join(reincarnated);
      await seen(one, nodeIdOf(reincarnated));
      assert.deepEqual(events, [{ type: "joined", member: reincarnated }]);
      assert.equal(one.standing(nodeIdOf(second)), "gone");
    });

    test("a command reaches the member it is for, which acknowledges it, and no other", async () => {
      const heard: string[] = [];
      await one.join(first, (command) => heard.push(`one ${command}`));
      await two.join(second, (command) => heard.push(`two ${command}`));
      await Promise.all([seen(one, nodeIdOf(second)), seen(two, nodeIdOf(first))]);
      assert.equal(await one.ask(nodeIdOf(second), "drain"), true);
      assert.deepEqual(new Set(heard), new Set(["two drain"]));
      heard.length = 0;
      assert.equal(await one.ask(nodeIdOf(first), "drain"), true, "itself");
      assert.deepEqual(new Set(heard), new Set(["one drain"]));
      const onlooker = await cluster.open();
      await seen(onlooker, nodeIdOf(first));
      assert.equal(await onlooker.ask(nodeIdOf(first), "drain"), true);
    });

    test("commands to nodes that are gone or never existed are not delivered", async () => {
      await both();
      const left = eventOf(one, "left", nodeIdOf(second));
      await two.leave();
      await left;
      const answers = [nodeIdOf(second), "never/there"].map((node) => one.ask(node, "drain"));
      assert.deepEqual(await Promise.all(answers), [false, false]);
    });

    test("members are copies", async () => {
      await one.join(first);
      one.members()[0]!.draining = true;
      assert.deepEqual(one.members(), [first]);
    });

    test("an unsubscribed watcher receives no more events, the others still do", async () => {
      await one.join(first);
      const events: MembershipEvent[] = [];
      const stop = one.watch((event) => events.push(event));
      stop();
      stop();
      const joined = eventOf(one, "joined", nodeIdOf(second));
      await two.join(second);
      await joined;
      assert.deepEqual(events, []);
    });

    test("after closing, every call that needs the cluster fails with closed", async () => {
      await one.join(first);
      await one.close();
      await one.close();
      await one.leave();
      await assert.rejects(one.join(second), { code: "closed" });
      await assert.rejects(one.update({ draining: true }), { code: "closed" });
      await assert.rejects(one.ask(nodeIdOf(first), "drain"), { code: "closed" });
      assert.throws(() => one.watch(() => {}), { code: "closed" });
    });

    test("joining twice, and changing before joining, are errors of the caller", async () => {
      await assert.rejects(one.update({ draining: true }), TypeError);
      await one.join(first);
      await assert.rejects(one.join(third), TypeError);
    });
  });
}

function byName(membership: Membership): Member[] {
  return membership.members().sort((a, b) => (a.name < b.name ? -1 : 1));
}
