import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { testMember } from "../../../ports/contracts/membership-contract.ts";
import { type Command, type MembershipEvent, nodeIdOf } from "../../../ports/membership.ts";
import { Roster } from "../../../ports/roster.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { MemberRow } from "./member-rows.ts";
import { PostgresPeers } from "./postgres-peers.ts";

const LEASE_MS = 3_000;
const SELF = testMember("self");
const ONE = nodeIdOf(testMember("one"));

function rowOf(name: string, change: Partial<MemberRow> & { capacity?: number } = {}): MemberRow {
  const { capacity = 2, ...own } = change;
  const revision = own.revision ?? 0;
  const announcement = { member: testMember(name, { capacity }), revision, lifeline: null };
  const node = nodeIdOf(announcement.member);
  return {
    node,
    state: "here",
    beat: 0,
    ageMs: 0,
    revision,
    announcement,
    isLocked: true,
    ask: null,
    heard: null,
    ...own,
  };
}

/** Peers of a node that sees these rows, without lifelines. */
function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const events: MembershipEvent[] = [];
  const buried: [string, number][] = [];
  const heard: string[] = [];
  const asked: Command[] = [];
  const table: { rows: MemberRow[]; isAway: boolean } = { rows: [], isAway: false };
  const roster = new Roster(LEASE_MS, (event) => {
    events.push(event);
    peers.follow(event);
  });
  const peers: PostgresPeers = new PostgresPeers({
    rows: {
      read: async (known) => {
        if (table.isAway) throw new Error("away");
        return table.rows.map((row) =>
          known.get(row.node) === row.revision ? { ...row, announcement: null } : row,
        );
      },
      bury: async (node, beat) => void buried.push([node, beat]),
      hear: async (_node, id) => void heard.push(id),
    },
    cutOffMs: () => (table.isAway ? 1 : null),
    announce: () => {},
    state: {
      roster,
      own: { node: nodeIdOf(SELF), said: { member: SELF, revision: 0 } },
      signal: new AbortController().signal,
      bury: (node) => roster.bury(node),
    },
    onAsked: (command) => asked.push(command),
    onNote: () => {},
    clock,
    log: silentLog,
    leaseMs: LEASE_MS,
  });
  const see = async (...rows: MemberRow[]) => {
    table.rows = rows;
    const looking = peers.look();
    await clock.advance(0);
    return await looking;
  };
  return { clock, roster, peers, events, table, see, buried, heard, asked };
}

const typesOf = (events: readonly MembershipEvent[]) => events.map(({ type }) => type);

describe("the peers of a node on PostgreSQL", () => {
  it("are those whose rows are fresh, and change with their revision", async () => {
    const { see, roster, events } = setUp();
    await see(rowOf("one"), rowOf("old", { ageMs: LEASE_MS }), rowOf("self"));
    assert.deepEqual(
      roster.members().map(({ name }) => name),
      ["one"],
    );
    await see(rowOf("one", { beat: 1, revision: 1, capacity: 7 }), rowOf("old", { ageMs: 9_000 }));
    assert.deepEqual(roster.members(), [testMember("one", { capacity: 7 })]);
    await see(rowOf("one", { beat: 1, revision: 1, capacity: 7 }), rowOf("old", { beat: 1 }));
    assert.deepEqual(typesOf(events), ["joined", "left", "changed", "joined"]);
  });

  it("have leases that begin with their last beat, by the server's clock", async () => {
    const { see, roster, clock } = setUp();
    await see(rowOf("one", { ageMs: 1_000 }));
    assert.equal(roster.nextExpiry(), clock.monotonic() + LEASE_MS - 1_000);
    await clock.advance(500);
    await see(rowOf("one", { ageMs: 1_500 }));
    assert.equal(roster.nextExpiry(), clock.monotonic() + LEASE_MS - 1_500, "the same beat");
    await see(rowOf("one", { beat: 1, ageMs: -60_000 }));
    assert.equal(roster.nextExpiry(), clock.monotonic() + LEASE_MS, "a clock that was set back");
    await see(rowOf("one", { beat: 2, ageMs: 60_000 }));
    assert.equal(roster.standing(ONE), "alive", "a clock that was set forward");
  });

  it("that left or died by their row are gone for certain, and a later beat brings back who only seemed dead", async () => {
    const { see, events, roster } = setUp();
    await see(rowOf("one"), rowOf("two"));
    await see(rowOf("one", { state: "died", beat: 4 }), rowOf("two", { state: "left" }));
    assert.deepEqual(events.slice(2), [
      { type: "left", node: ONE, certain: true },
      { type: "left", node: nodeIdOf(testMember("two")), certain: true },
    ]);
    await see(rowOf("one", { beat: 4 }));
    assert.equal(roster.standing(ONE), "gone", "an old row");
    await see(rowOf("one", { beat: 5 }));
    assert.equal(roster.standing(ONE), "alive");
  });

  it("are gone without certainty when their lock is free", async () => {
    const { see, events, clock, buried } = setUp();
    await see(rowOf("one"));
    await see(rowOf("one", { isLocked: false }));
    await clock.advance(LEASE_MS);
    assert.deepEqual(events.at(-1), { type: "left", node: ONE, certain: false });
    assert.deepEqual(buried, []);
  });

  it("are not joined first when their lock is free at first sight", async () => {
    const { see, events, clock } = setUp();
    await see(rowOf("one", { isLocked: false }));
    await clock.advance(LEASE_MS);
    assert.deepEqual(events, [{ type: "left", node: ONE, certain: false }]);
  });

  it("join as soon as they have taken their lock", async () => {
    const { see, events } = setUp();
    await see(rowOf("one", { isLocked: false }));
    await see(rowOf("one"));
    assert.deepEqual(typesOf(events), ["joined"]);
  });

  it("stay when they take their lock again, as after a restart of the server", async () => {
    const { see, events, clock, peers } = setUp();
    await see(rowOf("one"));
    peers.forgetLocks();
    peers.hearAgain();
    await see(rowOf("one", { isLocked: false }));
    await clock.advance(100);
    await see(rowOf("one", { beat: 1 }));
    await clock.advance(LEASE_MS - 200);
    assert.deepEqual(typesOf(events), ["joined"]);
  });

  it("are not suspected while this node is cut off", async () => {
    const { see, events, clock, table } = setUp();
    await see(rowOf("one"));
    await see(rowOf("one", { isLocked: false }));
    table.isAway = true;
    await clock.advance(10 * LEASE_MS);
    assert.deepEqual(typesOf(events), ["joined"]);
    table.isAway = false;
    table.rows = [rowOf("one", { beat: 1 })];
    await clock.advance(LEASE_MS);
    assert.deepEqual(typesOf(events), ["joined"]);
  });

  it("without locks are not suspected: their lease decides", async () => {
    const { see, events, clock } = setUp();
    await see(rowOf("one", { isLocked: null }));
    await clock.advance(10 * LEASE_MS);
    assert.deepEqual(typesOf(events), ["joined"]);
  });

  it("are looked up if they were never heard of, and gone if they have no row", async () => {
    const { clock, peers, events } = setUp();
    peers.askFor("never/there");
    peers.askFor("never/there");
    await clock.advance(LEASE_MS);
    assert.deepEqual(events, [{ type: "left", node: "never/there", certain: false }]);
  });

  it("ask this node by its row, once for each command", async () => {
    const { see, asked, heard } = setUp();
    const ask = { id: "1", command: "drain" as const };
    await see(rowOf("self", { ask }));
    await see(rowOf("self", { ask }));
    await see(rowOf("self", { ask: { ...ask, id: "2" } }));
    assert.deepEqual(
      [asked, heard],
      [
        ["drain", "drain"],
        ["1", "2"],
      ],
    );
  });

  it("acknowledge a command with its id", async () => {
    const { see, peers, clock, table } = setUp();
    await see(rowOf("one", { heard: "earlier" }));
    const heard = peers.acknowledged(ONE, "mine", 250);
    await clock.advance(100);
    table.rows = [rowOf("one", { heard: "mine" })];
    await clock.advance(100);
    assert.equal(await heard, true);
    const unheard = peers.acknowledged(ONE, "another", 250);
    await clock.advance(300);
    assert.equal(await unheard, false);
  });
});
