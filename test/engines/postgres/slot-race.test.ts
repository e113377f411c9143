import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Client } from "pg";
import { encodeDownload } from "../../../src/download/codec.ts";
import { keyOf } from "../../../src/download/key.ts";
import { payloadsOf } from "../../../src/engines/postgres/feed/announcements.ts";
import { lifeOf } from "../../../src/engines/postgres/feed/announcer.ts";
import { nextVersion } from "../../../src/engines/postgres/records/versions.ts";
import { channelOf, qualified } from "../../../src/engines/postgres/schema/names.ts";
import { atProgress, sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { eventually } from "../../support/real-cluster.ts";

const WRITERS = 16;
const ROUNDS = 60;
/** The progress in records that nobody stored. */
const LIE = 77;

/**
 * Transactions of foreign programs, open for some milliseconds and committed in another order than they were begun,
 * which nobody announces: watchers must find them by looking, as they find the writes of a node that dies before it
 * could announce them. Each look is at another moment of the race.
 */
describe("watchers of slots in a race of transactions", { skip: withoutPostgres }, () => {
  let server: PostgresServer;

  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());

  test("no row is missed, and none goes back, beside old transactions, lost connections and forged rows", async () => {
    const repos = await PostgresRepos.make(server, { isLinked: true });
    const [one, two] = await Promise.all([repos.open(), repos.open()]);
    const liar = (await repos.nodes!.open()).links.mesh;
    // Holds back every cursor that waits for the oldest transaction; it is in another database, and has written.
    await server.query("CREATE DATABASE other");
    const old = await server.client("other");
    await old.query("CREATE TABLE held (x int)");
    await old.query("BEGIN");
    await old.query("INSERT INTO held VALUES (1)");

    const watchings = [new Watching(one.slots), new Watching(two.slots), new Watching(two.slots)];
    await Promise.all(watchings.map((watching) => watching.synced()));
    const clients = await Promise.all(Array.from({ length: WRITERS }, () => server.client()));
    const session = await repos.reached.session("life");
    const life = lifeOf(session.connection!);
    await session.close();

    const race = clients.map(async (client, writer) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await writeForeign(client, repos.schema, `foreign-${writer}-${round}`);
        // The repos' own writes go on beside, announced and not.
        const user = `own-${writer}-${round}`;
        const repo = writer % 2 === 0 ? one : two;
        const version = (await repo.slots.insert(sampleDownload(user)))!;
        if (round % 2 === 0) await repo.slots.update(atProgress(sampleDownload(user), 1), version);
        if (round % 3 === 0)
          await client.query("SELECT pg_notify($1, $2)", notifiedLie(repos.schema, life, user, version));
        if (round % 10 === 9 && writer === 1) repos.nodes!.cut();
        if (round % 5 === 4 && writer === 2)
          liar.broadcast(...forged(repos.schema, life, user, version + round));
        if (round % 20 === 19 && writer === 0) await endFeeds(client);
      }
    });
    await Promise.all(race);

    const stored = await server.query<{ key: string; version: string }>(
      `SELECT key, version FROM ${qualified(repos.schema, "slot")} WHERE doc IS NOT NULL`,
    );
    assert.equal(stored.length, 2 * WRITERS * ROUNDS);
    for (const watching of watchings) {
      const isKnown = ({ key, version }: (typeof stored)[number]) =>
        watching.records.get(key)?.version === Number(version);
      await eventually("no row is missed", async () => stored.every(isKnown));
      assertOrdered(watching);
      const lies = watching.events.filter(
        (event) => event.type === "put" && event.download.progress.done === LIE,
      );
      assert.equal(lies.length, 0, "a notification is only a reason to look");
    }
    await Promise.all([old, ...clients].map((client) => client.end()));
    await repos.dispose();
  });

  test("a removal and a new record over it, in transactions that overlap with looks, leave the truth", async () => {
    const repos = await PostgresRepos.make(server);
    const [one, two] = await Promise.all([repos.open({ tombstoneAgeMs: 0 }), repos.open()]);
    const watchings = [new Watching(one.slots), new Watching(two.slots)];
    await Promise.all(watchings.map((watching) => watching.synced()));
    const writers = [one, two].flatMap((repo, node) =>
      Array.from({ length: 10 }, async (_, index) => {
        const download = sampleDownload(`user-${node}-${index}`);
        for (let round = 0; round < 30; round += 1) {
          const version = (await repo.slots.insert(download))!;
          const other = node === 0 ? two : one;
          assert.notEqual(await other.slots.remove(keyOf(download), version), null);
        }
        await repo.slots.insert(download);
      }),
    );
    await Promise.all(writers);
    for (const watching of watchings) {
      await watching.until(({ records }) => records.size === 20);
      assertOrdered(watching);
    }
    await eventually("what is stored is what they know", async () => {
      const stored = await server.query<{ key: string; version: string }>(
        `SELECT key, version FROM ${qualified(repos.schema, "slot")} WHERE doc IS NOT NULL`,
      );
      return watchings.every(({ records }) =>
        stored.every(({ key, version }) => records.get(key)?.version === Number(version)),
      );
    });
    await repos.dispose();
  });
});

async function writeForeign(client: Client, schema: string, user: string): Promise<void> {
  const download = sampleDownload(user);
  await client.query("BEGIN");
  await client.query(
    `INSERT INTO ${qualified(schema, "slot")} (key, version, token, doc)
     VALUES ($1, ${nextVersion({ schema, tellsTimeline: true }, "0")}, $1, $2)`,
    [keyOf(download), encodeDownload(download)],
  );
  await client.query("SELECT pg_sleep(random() * 0.01)");
  await client.query("COMMIT");
}

/** What a node that tells lies sends: a much later version of a row, by a transaction long over or far in the future. */
function forged(
  schema: string,
  life: string,
  user: string,
  version: number,
): [channel: string, payload: string] {
  const download = sampleDownload(user);
  const lie = {
    key: keyOf(download),
    version: version + 4_096_000_000,
    text: encodeDownload(atProgress(download, 50)),
  };
  const rows = ["1", "99999999"].map((xid) => ({ ...lie, xid }));
  return [`news ${channelOf(schema, "slots")}`, payloadsOf(life, rows)[0]!];
}

/** What any role of the database may send: another text for a row that is stored in this version. */
function notifiedLie(schema: string, life: string, user: string, version: number): [string, string] {
  const download = sampleDownload(user);
  const text = encodeDownload(atProgress(download, LIE));
  const row = { key: keyOf(download), version, xid: "99999999", text };
  return [channelOf(schema, "slots"), payloadsOf(life, [row])[0]!];
}

async function endFeeds(client: Client): Promise<void> {
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'carryout test feed'",
  );
}

function assertOrdered({ events }: Watching): void {
  const seen = new Map<string, number>();
  for (const event of events) {
    if (event.type === "begin") seen.clear();
    if (event.type !== "put" && event.type !== "remove") continue;
    assert.ok(event.version > (seen.get(event.key) ?? 0), `${event.key} went back`);
    seen.set(event.key, event.version);
  }
}
