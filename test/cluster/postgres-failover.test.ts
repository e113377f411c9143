import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Onlooker } from "../support/onlooker.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { acceptedBy, witnessSlots } from "../support/postgres-witness.ts";
import { signal } from "../support/processes.ts";
import { eventually } from "../support/real-cluster.ts";
import { isReady, isRunning, WatchedCluster } from "../support/watched-cluster.ts";

/** Long enough to be running when the primary dies, and when the standby has taken over. */
const LINES = 500;

/** Three nodes over a primary and its standby. */
async function startFailover() {
  await using starting = new AsyncDisposableStack();
  const primary = starting.adopt(await PostgresServer.start(), (it) => it.stop());
  const standby = starting.adopt(await primary.standby(), (it) => it.stop());
  const engine = `postgres://carryout@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`;
  const watched = starting.adopt(await WatchedCluster.start({ engine }), ({ cluster }) => cluster.stop());
  await witnessSlots(primary);
  return { primary, standby, watched, servers: starting.move() };
}

type Failover = Awaited<ReturnType<typeof startFailover>>;

describe("nodes whose PostgreSQL fails over", { skip: withoutPostgres }, () => {
  describe("to a synchronous standby", () => {
    let failover: Failover;
    before(async () => {
      failover = await startFailover();
      await failover.primary.synchronize();
    });
    after(() => failover?.servers.disposeAsync());

    it("lose nothing that was acknowledged, show nothing that falls back, and serve again", async () => {
      const { primary, standby, watched } = failover;
      const { visitor, bases } = watched;
      const onlookers = bases().map((base, index) => new Onlooker(`n${index + 1}`, visitor, base, () => {}));
      const running = await Promise.all(
        bases().map((base, index) => watched.ask(base, `running-${index}`, LINES)),
      );
      for (const { id } of running) await watched.until(id, isRunning);

      const accepted = new Map(running.map(({ slot, id }) => [slot, id]));
      let hasFailedOver = false;
      const askers = bases().map(async (base, node) => {
        for (let index = 0; !hasFailedOver || index < 5; index += 1) {
          const { slot, id } = await watched.ask(base, `meanwhile-${node}-${index}`, 5);
          accepted.set(slot, id);
          await wait(150);
        }
      });
      await primary.kill();
      await standby.promote();
      await watched.allReady();
      hasFailedOver = true;
      await Promise.all(askers);

      for (const [slot, id] of accepted) {
        assert.equal((await watched.until(id, isReady)).slot, slot);
      }
      const lines = (slot: string) => (slot.startsWith("running") ? LINES : 5);
      await watched.check(standby, new Map([...accepted.keys()].map((slot) => [slot, lines(slot)])));
      assert.deepEqual(
        onlookers.flatMap(({ violations }) => violations),
        [],
      );
      await Promise.all(onlookers.map((onlooker) => onlooker.close()));
    });
  });

  describe("to an asynchronous standby", () => {
    let failover: Failover;
    before(async () => {
      failover = await startFailover();
    });
    after(() => failover?.servers.disposeAsync());

    it("forget what was lost, at every node, and nothing is stuck", async () => {
      const { primary, standby, watched } = failover;
      const { visitor, bases, cluster } = watched;
      const [one, two, three] = bases() as [string, string, string];
      const before = await watched.ask(one, "before", LINES);
      const moved = await watched.ask(one, "moved", LINES);
      await watched.until(before.id, isRunning);
      const { node } = await watched.until(moved.id, isRunning);
      await standby.detach(primary);
      signal((await cluster.holder(node)).pid, "SIGKILL");
      await watched.until(moved.id, ({ epoch, progress }) => epoch === 2 && progress.done > 40);
      await cluster.allUp();
      const lost = await watched.ask(two, "lost", LINES);
      const lostAtEnd = await watched.ask(three, "lost-at-its-end", 5);
      await watched.until(lostAtEnd.id, isReady);
      await watched.until(lost.id, isRunning);
      await primary.kill();
      await standby.promote();
      await watched.allReady();

      for (const { id } of [before, moved]) await watched.until(id, isReady);
      for (const base of bases()) {
        await eventually(`${base} no longer shows what was lost`, async () => {
          const slots = (await visitor.list(base)).map(({ slot }) => slot);
          return slots.sort().join() === "before,moved";
        });
        await eventually("nothing runs", async () =>
          (await cluster.nodes(base)).every(({ running }) => running === 0),
        );
      }
      for (const slot of ["lost", "lost-at-its-end"]) {
        const again = await watched.ask(two, slot, 5);
        assert.notEqual(again.id, slot === "lost" ? lost.id : lostAtEnd.id);
        await watched.until(again.id, isReady);
      }
      await watched.check(
        standby,
        new Map([
          ["before", LINES],
          ["moved", LINES],
          ["lost", 5],
          ["lost-at-its-end", 5],
        ]),
      );
    });

    it("leave the former primary alone when it comes back: also those that start, and when there is no other", async () => {
      const { primary, standby, watched } = failover;
      const { visitor, bases, cluster } = watched;
      await primary.launch();
      const written = async () => (await acceptedBy(primary)).length;
      const writtenBefore = await written();
      const running = await watched.ask(bases()[0]!, "beside-the-former", LINES);
      await watched.until(running.id, isRunning);
      await standby.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'carryout %'",
      );
      await watched.allReady();
      const [node] = await cluster.nodes();
      signal(node!.pid, "SIGKILL");
      await eventually("another process takes its place", async () =>
        (await cluster.nodes()).every(({ pid }) => pid !== node!.pid),
      );
      await cluster.allUp();
      await watched.until(running.id, isReady);

      await standby.kill();
      await eventually("no node is ready", async () =>
        (await watched.readiness()).every((status) => status === 503),
      );
      for (const base of bases()) {
        const response = await visitor.start(base, "lines", { lines: 5, seed: "refused" }, "refused");
        assert.equal(response.status, 503, await response.text());
      }
      assert.equal(await written(), writtenBefore);
      assert.match(
        cluster.output,
        /it was replaced: its timeline is 1, but a server with timeline 2 was seen/,
      );

      await standby.launch();
      await watched.allReady();
      const files = new Map([
        ["before", LINES],
        ["moved", LINES],
        ["lost", 5],
        ["lost-at-its-end", 5],
        ["beside-the-former", LINES],
      ]);
      await watched.check(standby, files);
    });
  });
});
