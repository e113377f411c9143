import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { violationsOf } from "../support/accepted-records.ts";
import { linesText } from "../support/cluster-generators.ts";
import { Onlooker } from "../support/onlooker.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { acceptedBy, witnessSlots } from "../support/postgres-witness.ts";
import { signal } from "../support/processes.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

/** Long enough to be running when the primary dies, and when the standby has taken over. */
const LINES = 500;
const paramsOf = (slot: string, lines = LINES) => ({ lines, pace: 10, seed: slot });
const isReady = ({ state }: PublicDownload) => state === "ready";
const isRunning = ({ progress }: PublicDownload) => progress.done >= 20;

/** Three nodes over a primary and its standby. */
class Failover {
  readonly visitor = new Visitor();
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  readonly cluster: RealCluster;

  private constructor(primary: PostgresServer, standby: PostgresServer, cluster: RealCluster) {
    this.primary = primary;
    this.standby = standby;
    this.cluster = cluster;
  }

  static async start(): Promise<Failover> {
    await using starting = new AsyncDisposableStack();
    const primary = starting.adopt(await PostgresServer.start(), (it) => it.stop());
    const standby = starting.adopt(await primary.standby(), (it) => it.stop());
    const engine = `postgres://carryout@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`;
    const cluster = await RealCluster.start({ nodes: 3, respawn: true, engine });
    starting.move();
    await witnessSlots(primary);
    const failover = new Failover(primary, standby, cluster);
    await failover.visitor.list(cluster.entry); // the cookie
    return failover;
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.primary.stop();
    await this.standby.stop();
  }

  readonly bases = () => this.cluster.ownUrls;

  async readiness(): Promise<number[]> {
    return await Promise.all(this.bases().map(async (url) => (await fetch(`${url}/readyz`)).status));
  }

  allReady(): Promise<unknown> {
    return eventually("all nodes are ready", async () =>
      (await this.readiness()).every((status) => status === 200),
    );
  }

  /** Requests a file of a node like a page does: until it is accepted. */
  async ask(base: string, slot: string, lines?: number): Promise<PublicDownload> {
    return await eventually(`${base} takes the request ${slot}`, async () => {
      const response = await this.visitor.start(base, "lines", paramsOf(slot, lines), slot);
      if (response.status === 503) assert.ok(Number(response.headers.get("retry-after")) > 0);
      if (response.status !== 202 && response.status !== 200) {
        await wait(100);
        throw new Error(await response.text());
      }
      return (await response.json()) as PublicDownload;
    });
  }

  until(id: string, accept: (download: PublicDownload) => boolean): Promise<PublicDownload> {
    return this.visitor.until(this.bases, id, accept);
  }

  /** Every node lists the same files, has the right bytes, and is busy with nothing; no two held one at the same epoch. */
  async check(server: PostgresServer, files: ReadonlyMap<string, number>): Promise<void> {
    for (const base of this.bases()) {
      const listed = await eventually(`${base} lists all files as ready`, async () => {
        const all = await this.visitor.list(base);
        const isWhole = all.length === files.size && all.every(isReady);
        return isWhole && all;
      });
      assert.deepEqual(listed.map(({ slot }) => slot).sort(), [...files.keys()].sort(), `listed by ${base}`);
      for (const download of listed) {
        const { text, sha256 } = await this.visitor.fetchFile(base, download);
        assert.equal(
          text,
          linesText(download.slot, files.get(download.slot)!),
          `${download.slot} from ${base}`,
        );
        assert.equal(sha256, download.file?.sha256);
      }
      await eventually("nothing runs", async () =>
        (await this.cluster.nodes(base)).every(({ running }) => running === 0),
      );
    }
    assert.deepEqual(violationsOf(await acceptedBy(server)), []);
  }
}

describe("nodes whose PostgreSQL fails over", { skip: withoutPostgres }, () => {
  describe("to a synchronous standby", () => {
    let failover: Failover;
    before(async () => {
      failover = await Failover.start();
      await failover.primary.synchronize();
    });
    after(() => failover?.stop());

    it("lose nothing that was acknowledged, show nothing that falls back, and serve again", async () => {
      const { primary, standby, visitor, bases } = failover;
      const onlookers = bases().map((base, index) => new Onlooker(`n${index + 1}`, visitor, base, () => {}));
      const running = await Promise.all(bases().map((base, index) => failover.ask(base, `running-${index}`)));
      for (const { id } of running) await failover.until(id, isRunning);

      const accepted = new Map(running.map(({ slot, id }) => [slot, id]));
      let hasFailedOver = false;
      const askers = bases().map(async (base, node) => {
        for (let index = 0; !hasFailedOver || index < 5; index += 1) {
          const { slot, id } = await failover.ask(base, `meanwhile-${node}-${index}`, 5);
          accepted.set(slot, id);
          await wait(150);
        }
      });
      await primary.kill();
      await standby.promote();
      await failover.allReady();
      hasFailedOver = true;
      await Promise.all(askers);

      for (const [slot, id] of accepted) {
        assert.equal((await failover.until(id, isReady)).slot, slot);
      }
      const lines = (slot: string) => (slot.startsWith("running") ? LINES : 5);
      await failover.check(standby, new Map([...accepted.keys()].map((slot) => [slot, lines(slot)])));
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
      failover = await Failover.start();
    });
    after(() => failover?.stop());

    it("forget what was lost, at every node, and nothing is stuck", async () => {
      const { primary, standby, visitor, bases, cluster } = failover;
      const [one, two, three] = bases() as [string, string, string];
      const before = await failover.ask(one, "before");
      const moved = await failover.ask(one, "moved");
      await failover.until(before.id, isRunning);
      const { node } = await failover.until(moved.id, isRunning);
      await standby.detach(primary);
      signal((await cluster.holder(node)).pid, "SIGKILL");
      await failover.until(moved.id, ({ epoch, progress }) => epoch === 2 && progress.done > 40);
      await cluster.allUp();
      const lost = await failover.ask(two, "lost");
      const lostAtEnd = await failover.ask(three, "lost-at-its-end", 5);
      await failover.until(lostAtEnd.id, isReady);
      await failover.until(lost.id, isRunning);
      await primary.kill();
      await standby.promote();
      await failover.allReady();

      for (const { id } of [before, moved]) await failover.until(id, isReady);
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
        const again = await failover.ask(two, slot, 5);
        assert.notEqual(again.id, slot === "lost" ? lost.id : lostAtEnd.id);
        await failover.until(again.id, isReady);
      }
      await failover.check(
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
      const { primary, standby, visitor, bases, cluster } = failover;
      await primary.launch();
      const written = async () => (await acceptedBy(primary)).length;
      const writtenBefore = await written();
      const running = await failover.ask(bases()[0]!, "beside-the-former");
      await failover.until(running.id, isRunning);
      await standby.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'carryout %'",
      );
      await failover.allReady();
      const [node] = await cluster.nodes();
      signal(node!.pid, "SIGKILL");
      await eventually("another process takes its place", async () =>
        (await cluster.nodes()).every(({ pid }) => pid !== node!.pid),
      );
      await cluster.allUp();
      await failover.until(running.id, isReady);

      await standby.kill();
      await eventually("no node is ready", async () =>
        (await failover.readiness()).every((status) => status === 503),
      );
      for (const base of bases()) {
        const response = await visitor.start(base, "lines", paramsOf("refused", 5), "refused");
        assert.equal(response.status, 503, await response.text());
      }
      assert.equal(await written(), writtenBefore);
      assert.match(
        cluster.output,
        /it was replaced: its timeline is 1, but a server with timeline 2 was seen/,
      );

      await standby.launch();
      await failover.allReady();
      const files = new Map([
        ["before", LINES],
        ["moved", LINES],
        ["lost", 5],
        ["lost-at-its-end", 5],
        ["beside-the-former", LINES],
      ]);
      await failover.check(standby, files);
    });
  });
});
