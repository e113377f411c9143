import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { testMember } from "../../../ports/contracts/membership-contract.ts";
import { type MembershipEvent, nodeIdOf } from "../../../ports/membership.ts";
import { Roster } from "../../../ports/roster.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { PingAnswer } from "../../lifeline/inquiry.ts";
import type { NatsMemberMessage } from "./member-messages.ts";
import { NatsPeers } from "./peers.ts";

const LEASE_MS = 3_000;
const SELF = testMember("self");

function here(
  name: string,
  change: { revision?: number; dead?: string[]; capacity?: number; members?: number } = {},
) {
  const { revision = 0, dead = [], members = 2, capacity = 2 } = change;
  const announcement = { member: testMember(name, { capacity }), revision, lifeline: null };
  return { type: "here", announcement, dead, members } satisfies NatsMemberMessage;
}

const idOf = (name: string) => nodeIdOf(testMember(name));

/** Peers of a node on a wire that answers pings as the test specifies, without lifelines. */
function setUp(answers: Record<string, PingAnswer> = {}) {
  const clock = new VirtualClock({ seed: 1 });
  const events: MembershipEvent[] = [];
  const told: NatsMemberMessage[] = [];
  const pinged: string[] = [];
  const roster = new Roster(LEASE_MS, (event) => {
    events.push(event);
    peers.follow(event);
  });
  const peers: NatsPeers = new NatsPeers({
    wire: {
      ping: async (node) => {
        pinged.push(node);
        const name = node.slice(0, node.indexOf("/"));
        const answer = answers[name] ?? "nobody";
        return { answer, message: answer === "answered" ? here(name, { revision: 1 }) : null };
      },
      tellAll: (message) => told.push(message),
      hail: (message) => told.push(message),
      hearingSince: () => 0,
    },
    state: {
      roster,
      own: { node: nodeIdOf(SELF), said: { member: SELF, revision: 0 } },
      signal: new AbortController().signal,
      bury: (node) => roster.bury(node),
    },
    address: () => null,
    clock,
    log: silentLog,
    leaseMs: LEASE_MS,
  });
  return { clock, roster, peers, events, told, pinged };
}

describe("the peers of a NATS node", () => {
  it("are updated by their own messages; older messages are ignored", () => {
    const { peers, roster } = setUp();
    peers.receive(here("one", { revision: 2, capacity: 7 }));
    peers.receive(here("one", { revision: 1, capacity: 5 }));
    peers.receive(here("self"));
    assert.deepEqual(
      roster.members().map(({ name, capacity }) => [name, capacity]),
      [["one", 7]],
    );
  });

  it("that leave are gone for certain", () => {
    const { peers, events } = setUp();
    peers.receive(here("one"));
    peers.receive({ type: "leave", node: idOf("one") });
    assert.deepEqual(events.at(-1), { type: "left", node: idOf("one"), certain: true });
  });

  it("are pinged when another node reports them dead, and stay if they answer", async () => {
    const { peers, events, clock, pinged } = setUp({ one: "answered" });
    peers.receive(here("one"));
    peers.receive({ type: "died", node: idOf("one") });
    await clock.advance(LEASE_MS);
    assert.deepEqual(pinged, [idOf("one")]);
    assert.equal(
      events.some(({ type }) => type === "left"),
      false,
    );
  });

  it("are dead when reported so and unknown to every server, and all nodes are notified", async () => {
    const { peers, events, clock, told } = setUp();
    peers.receive(here("one"));
    peers.receive({ type: "died", node: idOf("one") });
    await clock.advance(LEASE_MS);
    assert.deepEqual(events.at(-1), { type: "left", node: idOf("one"), certain: true });
    assert.deepEqual(told, [{ type: "died", node: idOf("one") }]);
  });

  it("are gone without certainty when they are quiet and unknown to every server", async () => {
    const { peers, events, clock } = setUp();
    peers.receive(here("one"));
    peers.suspectQuiet(0);
    await clock.advance(LEASE_MS);
    assert.deepEqual(events.at(-1), { type: "left", node: idOf("one"), certain: false });
  });

  it("are pinged when they were presumed dead and send a message, and come back if they answer", async () => {
    for (const [answer, names] of [
      ["answered", ["one"]],
      ["nobody", []],
    ] as const) {
      const { peers, roster, clock } = setUp({ one: answer });
      peers.receive(here("two", { dead: [idOf("one")] }));
      peers.receive({ type: "leave", node: idOf("two") });
      peers.receive(here("one"));
      assert.deepEqual(roster.members(), []);
      await clock.advance(LEASE_MS);
      assert.deepEqual(
        roster.members().map(({ name }) => name),
        names,
      );
    }
  });

  it("are looked up once if they were never heard of", async () => {
    const { peers, roster, clock, pinged } = setUp({ one: "answered" });
    peers.askFor(idOf("one"));
    peers.askFor(idOf("one"));
    await clock.advance(LEASE_MS);
    assert.deepEqual(pinged, [idOf("one")]);
    assert.equal(roster.members().length, 1);
  });

  it("answer a hail, which ends when all have answered, or soon if one does not", async () => {
    const { peers, clock } = setUp();
    let isOver = false;
    const hailing = peers.hailAll().then(() => {
      isOver = true;
    });
    peers.receiveAnswer(here("one", { members: 3 }));
    await clock.advance(1);
    assert.equal(isOver, false);
    peers.receiveAnswer(here("two", { members: 3 }));
    await clock.advance(1);
    assert.equal(isOver, true);
    await hailing;
    const again = peers.hailAll();
    peers.receiveAnswer(here("one", { members: 3 }));
    await clock.advance(LEASE_MS);
    await again;
  });
});
