import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { seededRandom } from "../../../clock/seeded-random.ts";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { Watching } from "../../../ports/contracts/slots-watch-contract.ts";
import type { Slots } from "../../../ports/slots.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { payloadsOf } from "./announcements.ts";
import { FakeSlots } from "./fake-slots.testing.ts";
import { News } from "./news.ts";
import { LONGEST_GAP_MS, SlotFeed } from "./slot-feed.ts";
import type { SlotRow } from "./slot-looks.ts";

/** A node that follows the slots. */
function follow(server: FakeSlots, clock: VirtualClock, { isPooled = false, isConnected = false } = {}) {
  const session = server.session();
  const closing = new AbortController();
  const options = {
    schema: "any",
    session: session as unknown as PostgresSession,
    clock,
    log: silentLog,
    checkOpen: () => {},
    closing: closing.signal,
  };
  const news = new News({ ...options, canListen: !isPooled, links: null });
  const { lookMs } = news;
  const hearSlots: News["hearSlots"] = (onRow) => news.hearSlots(onRow);
  const feed = new SlotFeed({
    ...options,
    news: { hearSlots, lookMs, quietLookMs: isConnected ? 10 * lookMs : lookMs },
  });
  const slots: Pick<Slots, "watch"> = { watch: (signal) => feed.watch(signal) };
  return { session, feed, slots, close: () => closing.abort() };
}

/** A server and one node that follows it. */
function begin(how: { isConnected?: boolean } = {}) {
  const clock = new VirtualClock({ seed: 1 });
  const server = new FakeSlots(clock);
  const node = follow(server, clock, how);
  return {
    clock,
    server,
    node,
    /** Writes ann's slot, and waits until others can see it. */
    write: async ({ removes = false, waitMs = 10 } = {}) => {
      void server.write("ann", { openMs: 1, removes });
      await clock.advance(waitMs);
    },
    end: async () => {
      node.close();
      await clock.advance(10);
    },
  };
}

/** What nobody wrote: a later version, by a transaction that was, is or will be. */
function forged(server: FakeSlots, row: SlotRow, random: () => number): string {
  const xid = String(BigInt(row.xid) + BigInt(Math.floor(random() * 20)));
  const text = random() < 0.3 ? null : row.text;
  const lie = { ...row, version: row.version + Math.floor(random() * 1_000), xid, text };
  return payloadsOf(server.life, [random() < 0.5 ? lie : { ...lie, key: "bm9ib2R5.x" }])[0]!;
}

function assertKnows(watching: Watching, server: FakeSlots): void {
  const stored = [...server.rows.values()].filter(({ text }) => text !== null);
  const known = [...watching.records].map(([key, { version }]) => `${key} ${version}`);
  assert.deepEqual(known.sort(), stored.map(({ key, version }) => `${key} ${version}`).sort());
}

function assertForward({ events }: Watching): void {
  const seen = new Map<string, number>();
  for (const event of events) {
    if (event.type === "begin") seen.clear();
    if (event.type !== "put" && event.type !== "remove") continue;
    assert.ok(event.version > (seen.get(event.key) ?? 0), `${event.key} went back`);
    seen.set(event.key, event.version);
  }
}

describe("the feed of slots", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    test(`seed ${seed}: transactions in any order, announcements lost, late, repeated and forged, connections lost`, async () => {
      const random = seededRandom(seed);
      const clock = new VirtualClock({ seed });
      const server = new FakeSlots(clock);
      server.takesMs = () => random() * (random() < 0.1 ? 200 : 3);
      const nodes = [
        follow(server, clock),
        follow(server, clock),
        follow(server, clock, { isPooled: seed % 2 === 0 }),
      ];
      const watchings: Watching[] = [];
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 40; round += 1) {
          // Each writer has its own users: a row is locked by one transaction at a time.
          const user = `user-${writer}-${Math.floor(random() * 3)}`;
          const openMs = random() < 0.1 ? 3_000 * random() : 5 * random();
          const row = await server.write(user, { openMs, removes: random() < 0.3 });
          const node = nodes[writer % nodes.length]!;
          if (random() < 0.5) node.feed.wrote(row);
          const lateMs = () => (random() < 0.2 ? 1_500 * random() : 2);
          const payload = random() < 0.1 ? `${server.life}\n?` : payloadsOf(server.life, [row])[0]!;
          while (random() < 0.6) server.notify(payload, lateMs);
          if (random() < 0.02) server.notify(forged(server, row, random), lateMs);
          if (random() < 0.02) node.session.lose(500 * random());
          if (random() < 0.06) watchings.push(new Watching(node.slots));
          await clock.sleep(random() * 30);
        }
      });
      watchings.push(...nodes.map(({ slots }) => new Watching(slots)));
      await clock.advance(60_000);
      await Promise.all(writers);
      for (const watching of watchings) {
        assertKnows(watching, server);
        assertForward(watching);
      }
      for (const node of nodes) node.close();
      await clock.advance(2_000);
      await Promise.all(watchings.map(({ ended }) => ended));
      const before = nodes.map(({ session }) => session.statements);
      await clock.advance(60_000);
      assert.deepEqual(
        nodes.map(({ session }) => session.statements),
        before,
        "a closed feed asks for nothing",
      );
    });
  }

  test("a node that slept while tombstones were swept starts over", async () => {
    const { clock, server, node, write, end } = begin();
    await write();
    const watching = new Watching(node.slots);
    await clock.advance(100);
    assert.equal(watching.records.size, 1);
    // Frozen: its statement is answered only when it wakes up.
    server.takesMs = () => LONGEST_GAP_MS;
    await clock.advance(2_000);
    await write({ removes: true });
    server.sweep();
    await clock.advance(LONGEST_GAP_MS);
    server.takesMs = () => 1;
    await clock.advance(2 * LONGEST_GAP_MS);
    assert.equal(watching.records.size, 0);
    assert.equal(watching.events.filter(({ type }) => type === "begin").length, 2);
    await end();
  });

  test("rows of another server, which may have been lost, are not believed", async () => {
    const { clock, server, node, write, end } = begin();
    const watching = new Watching(node.slots);
    await clock.advance(100);
    await write();
    const [row] = [...server.rows.values()];
    server.rows.clear();
    server.notify(payloadsOf("7/0", [row!])[0]!, () => 0);
    server.notify("nonsense", () => 0);
    await clock.advance(2_000);
    assert.equal(watching.records.size, 0);
    await end();
  });

  test("what a failover lost is forgotten, although the connection is back at once", async () => {
    const { clock, server, node, write, end } = begin();
    await write();
    const before = new Map(server.rows);
    const watching = new Watching(node.slots);
    await clock.advance(100);
    for (const user of ["ann", "bob"]) void server.write(user, { openMs: 1, removes: false });
    await clock.advance(2_000);
    assertKnows(watching, server);
    server.rows.clear();
    for (const [key, row] of before) server.rows.set(key, row);
    node.session.lose(1);
    await clock.advance(100);
    assertKnows(watching, server);
    await end();
  });

  test("a row that was too large to be sent is looked for at once", async () => {
    const { clock, server, node, write, end } = begin();
    const watching = new Watching(node.slots);
    await clock.advance(100);
    await write({ waitMs: 5 });
    server.notify(`${server.life}\n?`, () => 0);
    await clock.advance(20);
    assertKnows(watching, server);
    assert.equal(watching.records.size, 1);
    await end();
  });

  test("where all are connected it looks rarely while nothing happens, and soon after news and lost connections", async () => {
    const { clock, server, node, write, end } = begin({ isConnected: true });
    const looksWithin = async (ms: number) => {
      const before = node.session.statements;
      await clock.advance(ms);
      return node.session.statements - before;
    };
    const watching = new Watching(node.slots);
    await clock.advance(15_000);
    const quiet = await looksWithin(100_000);
    assert.ok(quiet >= 8 && quiet <= 14, `${quiet} looks`);
    await write();
    const [row] = [...server.rows.values()];
    server.notify(payloadsOf(server.life, [row!])[0]!, () => 0);
    const confirming = await looksWithin(1_500);
    assert.ok(confirming >= 1, "what was announced is confirmed");
    server.notify(`${server.life}\n?`, () => 0);
    const restless = await looksWithin(8_000);
    assert.ok(restless >= 6, `${restless} looks`);
    await write({ removes: true, waitMs: 15_000 });
    assertKnows(watching, server);
    await end();
  });

  test("without watchers it asks for nothing, and it begins again with the next one", async () => {
    const { clock, server, node, write, end } = begin();
    const first = new Watching(node.slots);
    await clock.advance(100);
    first.stop();
    await clock.advance(10);
    const { statements } = node.session;
    assert.equal(node.session.listener, null);
    await clock.advance(60_000);
    assert.equal(node.session.statements, statements);
    await write();
    const second = new Watching(node.slots);
    await clock.advance(100);
    assertKnows(second, server);
    await end();
  });
});
