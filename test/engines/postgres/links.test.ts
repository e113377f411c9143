import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { downloadKey, keyOf } from "../../../src/download/key.ts";
import type { Announcement } from "../../../src/engines/lifeline/announcement.ts";
import type { PostgresRepo } from "../../../src/engines/postgres/records/postgres-repo.ts";
import { sampleDownload, sampleMark } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import type { LinkedWriterSettings, Order } from "../../support/linked-writer.ts";
import { PgBouncer, withoutPgBouncer } from "../../support/pgbouncer.testing.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { eventually } from "../../support/real-cluster.ts";

const WRITER = fileURLToPath(new URL("../../support/linked-writer.ts", import.meta.url));
const WRITES = 100;
const TICKS = 20;

describe("nodes on PostgreSQL that tell each other what they wrote", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let pooler: PgBouncer | null = null;

  before(async () => {
    server = await PostgresServer.start({
      settings: { log_statement: "all", log_line_prefix: "|%p|%a|", log_min_error_statement: "panic" },
    });
    if (!withoutPgBouncer) pooler = await PgBouncer.start(server, "transaction");
  });
  after(async () => {
    await pooler?.stop();
    await server.stop();
  });

  const make = async (way: "direct" | "pooled", context: TestContext) => {
    const ports = [way === "direct" ? server.port : pooler!.port];
    const repos = await PostgresRepos.make(server, { isLinked: true, ports });
    context.after(() => repos.dispose());
    return repos;
  };

  /** How often any repo did this since the log had this length. */
  const count = (what: "notified" | "read texts", since: number): number => {
    const pattern =
      what === "notified" ? /pg_notify/ : /SELECT key, version, .*doc AS text .* WHERE key = ANY/;
    const lines = server.log().slice(since).split("\n|");
    return lines.filter((line) => /\|LOG: {2}(execute|statement)/.test(line) && pattern.test(line)).length;
  };

  const insertAll = async (repo: PostgresRepo, name: string) => {
    for (let index = 0; index < WRITES; index += 1)
      await repo.slots.insert(sampleDownload(`${name}-${index}`));
  };

  for (const way of ["direct", "pooled"] as const) {
    describe(way, { skip: way === "pooled" && withoutPgBouncer }, () => {
      test("changes arrive over the sockets alone", async (context) => {
        const repos = await make(way, context);
        const [one, two] = await Promise.all([repos.open(), repos.open()]);
        await repos.nodes!.connected();
        const watching = new Watching(two.slots);
        const stop = new AbortController();
        const seen: number[] = [];
        const synced = Promise.withResolvers<void>();
        const viewing = (async () => {
          for await (const event of two.work.watch("ann", stop.signal)) {
            if (event.type === "synced") synced.resolve();
            if (event.type === "put") seen.push(event.mark.progress.done);
            if (seen.at(-1) === TICKS) stop.abort();
          }
        })();
        await Promise.all([watching.synced(), synced.promise]);
        const since = server.log().length;
        await insertAll(one, "user");
        await watching.until(({ records }) => records.size === WRITES);
        let version: number | null = null;
        for (let done = 1; done <= TICKS; done += 1)
          version = await one.work.advance(downloadKey("ann", "x"), sampleMark(done), version);
        await viewing;
        assert.ok(seen.length > TICKS / 2, `${seen.length} of ${TICKS} ticks arrived one by one`);
        assert.ok(
          seen.every((done, index) => index === 0 || done > seen[index - 1]!),
          "progress went back",
        );
        assert.equal(count("notified", since), 0);
        // A look may come between a write and its arrival.
        const reads = count("read texts", since);
        assert.ok(reads < WRITES / 4, `${reads} reads for ${WRITES + TICKS} writes`);
      });

      test("where the sockets are lost, the server passes changes on, or they are looked for", async (context) => {
        const repos = await make(way, context);
        const [one, two] = await Promise.all([repos.open(), repos.open()]);
        await repos.nodes!.connected();
        const watching = new Watching(two.slots);
        await watching.synced();
        const writing = insertAll(one, "before");
        await watching.until(({ records }) => records.size > WRITES / 4);
        repos.nodes!.cut();
        await writing;
        await watching.until(({ records }) => records.size === WRITES);
        await repos.nodes!.connected();
        await repos.nodes!.close();
        const since = server.log().length;
        await insertAll(one, "after");
        await watching.until(({ records }) => records.size === 2 * WRITES);
        assert.equal(count("notified", since) > 0, way === "direct");
        assert.equal(watching.events.filter(({ type }) => type === "begin").length, 1);
      });

      test("what another process wrote arrives when its sockets are cut, and when it is killed", async (context) => {
        const repos = await make(way, context);
        const here = await repos.nodes!.open();
        const repo = await repos.open();
        const watching = new Watching(repo.slots);
        await watching.synced();
        const settings: LinkedWriterSettings = {
          port: repos.reached.target.hosts[0]!.port,
          schema: repos.schema,
          peer: here.announcement,
        };
        const { NODE_TEST_CONTEXT: _, ...env } = process.env;
        const child = fork(WRITER, [JSON.stringify(settings)], { env });
        const acknowledged: string[] = [];
        try {
          const [announcement] = (await once(child, "message")) as [Announcement];
          await repos.nodes!.know(announcement);
          child.on("message", (user: string) => acknowledged.push(keyOf(sampleDownload(user))));
          const order = (it: Order) => child.send(it);
          order({ user: "before", count: WRITES });
          await watching.until(({ records }) => records.size === WRITES);
          order({ user: "during", count: 5 * WRITES });
          await watching.until(({ records }) => records.size > 2 * WRITES);
          order("cut");
          await watching.until(({ records }) => records.size === 6 * WRITES);
          order({ user: "after", count: 5 * WRITES });
          await watching.until(({ records }) => records.size > 7 * WRITES);
        } finally {
          child.kill("SIGKILL");
        }
        await once(child, "close");
        await eventually("all that was acknowledged is known", async () =>
          acknowledged.every((key) => key === keyOf(sampleDownload("cut")) || watching.records.has(key)),
        );
      });
    });
  }
});
