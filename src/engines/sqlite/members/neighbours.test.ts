import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import type { Json } from "../../../download/json.ts";
import { testMember } from "../../../ports/contracts/membership-contract.ts";
import { type MembershipEvent, nodeIdOf } from "../../../ports/membership.ts";
import { Roster } from "../../../ports/roster.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { Announcement } from "./announcement.ts";
import type { MemberRow } from "./member-rows.ts";
import { Neighbours } from "./neighbours.ts";

const SELF = testMember("self");
/** No system has process ids this high. */
const NO_PROCESS = 2 ** 30;

/** Of a node that lives in this test's process. */
function announced(name: string, change: Partial<Announcement> & { capacity?: number } = {}): Announcement {
  const { capacity = 2, ...rest } = change;
  const member = testMember(name, { capacity });
  return { member, revision: 0, peer: `peer-${name}`, address: null, pid: process.pid, mark: null, ...rest };
}

function rowOf(announcement: Announcement, beat = 1): MemberRow {
  return { incarnation: announcement.member.incarnation, beat, announcement };
}

const idOf = (name: string) => nodeIdOf(testMember(name));

function setUp() {
  const clock = new VirtualClock({ seed: 1 });
  const events: MembershipEvent[] = [];
  const roster = new Roster(3_000, (event) => events.push(event));
  const table: MemberRow[] = [];
  const sent: { to: string; message: Json }[] = [];
  let hear: (message: Json, from: string) => void = () => {};
  let lose: (peer: string) => void = () => {};
  const neighbours = new Neighbours({
    rows: {
      read: () => [...table],
      beat: () => {},
      has: (incarnation) => table.some((row) => row.incarnation === incarnation),
      remove: () => {},
    },
    mesh: {
      id: "peer-self",
      address: null,
      isConnected: () => true,
      connect: async () => "connected",
      broadcast: () => {},
      send: (to, _, message) => sent.push({ to, message }) > 0,
      subscribe: (_, handler) => {
        hear = handler;
        return () => {};
      },
      onLost: (handler) => {
        lose = handler;
        return () => {};
      },
    },
    state: {
      roster,
      own: { node: nodeIdOf(SELF), said: { member: SELF, revision: 0 } },
      signal: new AbortController().signal,
      bury: (node) => roster.bury(node),
    },
    addressOf: (incarnation) => `/nowhere/${incarnation}`,
    clock,
    log: silentLog,
  });
  neighbours.start();
  const living = () => roster.members().map(({ name }) => name);
  return {
    neighbours,
    clock,
    roster,
    events,
    table,
    sent,
    living,
    hear: (message: unknown, from = "peer-one") => hear(message as Json, from),
    lose: (peer: string) => lose(peer),
  };
}

describe("the neighbours of a process", () => {
  it("are found in the table; one that is gone from it, or whose process is gone, is dead", () => {
    const { neighbours, table, living, events } = setUp();
    table.push(rowOf(announced("one")), rowOf(announced("two")), rowOf(announced("self")));
    neighbours.lookAround();
    assert.deepEqual(living(), ["one", "two"]);
    table.splice(0, 1);
    neighbours.lookAround();
    assert.deepEqual(living(), ["two"]);
    table.push(rowOf(announced("three", { pid: NO_PROCESS })));
    neighbours.lookAround();
    assert.deepEqual(
      events.filter(({ type }) => type === "left"),
      ["one", "three"].map((name) => ({ type: "left", node: idOf(name), certain: true })),
    );
  });

  it("are updated by their own messages; older messages are ignored", () => {
    const { hear, roster } = setUp();
    hear({ type: "here", announcement: announced("one", { revision: 2, capacity: 7 }), dead: [] });
    hear({ type: "here", announcement: announced("one", { revision: 1, capacity: 5 }), dead: [] });
    assert.deepEqual(
      roster.members().map(({ capacity }) => capacity),
      [7],
    );
  });

  it("get an answer to a hail, and report which members have died", () => {
    const { hear, sent, living } = setUp();
    hear({ type: "here", announcement: announced("two"), dead: [] }, "peer-two");
    hear({ type: "hail", announcement: announced("one"), dead: [idOf("two")] });
    assert.deepEqual(living(), ["one"]);
    const [{ to, message } = assert.fail("it is answered")] = sent;
    assert.equal(to, "peer-one");
    assert.equal((message as { type: string }).type, "here");
  });

  it("that leave are gone for certain", () => {
    const { hear, living, events } = setUp();
    hear({ type: "here", announcement: announced("one"), dead: [] });
    hear({ type: "leave", node: idOf("one") });
    assert.deepEqual(living(), []);
    assert.deepEqual(events.at(-1), { type: "left", node: idOf("one"), certain: true });
  });

  it("are dead if their connection is lost and their row is gone, and are reconnected otherwise", async () => {
    const { neighbours, table, lose, clock, living, sent } = setUp();
    table.push(
      rowOf(announced("one", { address: "/nowhere/one" })),
      rowOf(announced("two", { address: "/nowhere/two" })),
    );
    neighbours.lookAround();
    table.splice(0, 1);
    lose("peer-one");
    lose("peer-two");
    await clock.advance(200);
    assert.deepEqual(living(), ["two"]);
    assert.deepEqual(
      sent.map(({ to, message }) => [to, (message as { type: string }).type]),
      [["peer-two", "hail"]],
    );
  });

  it("come back if they were presumed dead and send messages of their own", () => {
    const { hear, living } = setUp();
    const announcement = announced("one");
    hear({ type: "here", announcement, dead: [] });
    hear({ type: "leave", node: idOf("one") }, "peer-two");
    assert.deepEqual(living(), []);
    hear({ type: "here", announcement, dead: [] }, "peer-two");
    assert.deepEqual(living(), [], "another may repeat what is old");
    hear({ type: "here", announcement, dead: [] }, "peer-one");
    assert.deepEqual(living(), ["one"]);
  });
});
