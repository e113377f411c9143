import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { heldFile } from "../support/held-file.ts";
import { Onlooker } from "../support/onlooker.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { witnessSlots } from "../support/postgres-witness.ts";
import { eventually } from "../support/real-cluster.ts";
import { SmallDisk, withoutSmallDisk } from "../support/small-disk.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";
import { isReady, isRunning, WatchedCluster } from "../support/watched-cluster.ts";

const LINES = 100;
const DATA_MB = 24;
const WAL_MB = 16;
const SETTINGS = {
  max_connections: "40",
  superuser_reserved_connections: "3",
  min_wal_size: "2MB",
  max_wal_size: "4MB",
};

describe("nodes whose PostgreSQL", { skip: withoutPostgres || withoutSmallDisk }, () => {
  const parts = new AsyncDisposableStack();
  /** All that the visitor was promised, by slot with its lines. */
  const files = new Map<string, number>();
  let data: SmallDisk;
  let wal: SmallDisk;
  let server: PostgresServer;
  let watched: WatchedCluster;
  let url: string;

  before(async () => {
    data = parts.adopt(await SmallDisk.mount(DATA_MB, "postgres"), (it) => it.unmount());
    wal = parts.adopt(await SmallDisk.mount(WAL_MB, "postgres"), (it) => it.unmount());
    const walDir = `${wal.dir}/wal`;
    server = parts.adopt(await PostgresServer.start({ walDir, settings: SETTINGS }), (it) => it.stop());
    await server.query("CREATE ROLE plain LOGIN");
    await server.query("GRANT CREATE ON DATABASE postgres TO plain");
    await server.query(`CREATE TABLESPACE small LOCATION '${data.dir}'`);
    await server.query("GRANT CREATE ON TABLESPACE small TO plain");
    await server.query("ALTER ROLE plain SET default_tablespace = small");
    url = server.url.replace("carryout@", "plain@");
    watched = parts.adopt(await WatchedCluster.start({ engine: url }), ({ cluster }) => cluster.stop());
    await witnessSlots(server);
  });
  after(() => parts.disposeAsync());

  async function ask(base: string, slot: string, lines: number, hold = ""): Promise<PublicDownload> {
    files.set(slot, lines);
    return await watched.ask(base, slot, lines, hold);
  }

  /** Each node makes a file whose second half waits for `release`, and shows it to a page. */
  async function underWay(test: TestContext, name: string) {
    const { params, release } = heldFile(test);
    const { visitor, bases } = watched;
    const running = await Promise.all(
      bases().map((base, index) => ask(base, `${name}-${index}`, LINES, params.hold)),
    );
    for (const { id } of running) await watched.until(id, isRunning);
    const pages = bases().map((base, index) => new Onlooker(`n${index + 1}`, visitor, base, () => {}));
    test.after(() => Promise.all(pages.map((page) => page.close())));
    await eventually("all pages are shown", async () => pages.every(({ isOpen }) => isOpen));
    return {
      release,
      allBlind: () => eventually("all pages see it", async () => pages.every(({ isOpen }) => !isOpen)),
      /** With PostgreSQL well again: everything goes on, and nothing that a page showed was taken back. */
      async goesOn() {
        await watched.allReady();
        release();
        for (const { id } of running) await watched.until(id, isReady);
        await eventually("all pages show it", async () =>
          pages.every(({ isOpen, downloads }) => isOpen && [...downloads.values()].every(isReady)),
        );
        await watched.check(server, files);
        assert.deepEqual(
          pages.flatMap(({ violations }) => violations),
          [],
        );
      },
    };
  }

  /** Asks for files with long parameters, each as another visitor, until `ending` settles: those that were accepted. */
  async function flood(base: string, ending: Promise<unknown>): Promise<[Visitor, string][]> {
    const accepted: [Visitor, string][] = [];
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    ending.then(over, over);
    while (!isOver) {
      const visitor = new Visitor();
      await visitor.list(base).catch(() => {}); // the cookie
      const params = { lines: 1, seed: randomBytes(750).toString("hex") };
      const response = await visitor.start(base, "lines", params);
      const body = (await response.json()) as PublicDownload;
      if (response.status === 202) accepted.push([visitor, body.id]);
      else {
        assert.equal(response.status, 503, JSON.stringify(body));
        assert.ok(Number(response.headers.get("retry-after")) > 0);
        await wait(100);
      }
    }
    return accepted;
  }

  it("has no room for records refuse what is new and say so, deliver what is finished, and go on", async (test) => {
    const [one] = watched.bases();
    const kept = await watched.until((await ask(one!, "kept", 5)).id, isReady);
    const { allBlind, goesOn } = await underWay(test, "data");
    data.fill();
    const told = watched.noneReady(/disk is full/);
    const flooded = await Promise.all(watched.bases().map((base) => flood(base, told)));
    await told;
    await allBlind();
    await watched.fetchAll(files, [kept]);
    assert.match(watched.cluster.output, /No space left on device/);

    data.free();
    await goesOn();
    for (const [visitor, id] of flooded.flat()) await visitor.until(watched.bases, id, isReady);
  });

  it("ends for want of room for its WAL say that it is away, and go on when it is back", async (test) => {
    const { release, allBlind, goesOn } = await underWay(test, "wal");
    wal.fill();
    release();
    const ended = server.ended();
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    await eventually("PostgreSQL has used up its segments", async () => {
      if (!hasEnded) await server.query("SELECT pg_switch_wal(), pg_logical_emit_message(true, '', 'x')");
      return hasEnded;
    });
    await watched.noneReady(/disconnected from PostgreSQL for \d+ s: .*ECONNREFUSED/);
    await allBlind();
    const refused = watched.bases().map(async (base) => {
      const response = await watched.visitor.start(base, "lines", { lines: 1 }, "refused");
      assert.equal(response.status, 503, await response.text());
      assert.ok(Number(response.headers.get("retry-after")) > 0);
    });
    await Promise.all(refused);

    wal.free();
    await server.launch();
    await goesOn();
  });

  it("has no connection left say so, and go on when there are some", async (test) => {
    const { allBlind, goesOn } = await underWay(test, "connections");
    const release = await server.exhaust(url);
    await watched.noneReady(
      /disconnected from PostgreSQL for \d+ s: .*(too many clients|remaining connection)/,
    );
    await allBlind();

    await release();
    await goesOn();
  });
});
