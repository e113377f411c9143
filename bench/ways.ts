/**
 * @module The ways in which a change on PostgreSQL reaches another node, side by side: over the nodes' sockets, by NOTIFY,
 * and by looking, as behind a pooler. Each has a database of its own, so that the server counts its transactions.
 */

import { PgBouncer } from "../test/support/pgbouncer.testing.ts";
import { PostgresServer } from "../test/support/postgres.testing.ts";
import { delays, FOLLOWER, ticks, updatesOfSlots } from "./feed.ts";
import { Commanded } from "./support/commanded.ts";
import { chosenEngine } from "./support/engine.ts";
import { type Calls, openRecords } from "./support/follower.ts";
import { type Figure, latencies } from "./support/table.ts";

const RATES = [10, 100];
/** In turn, so that other work on the machine slows all of them down. */
const ROUNDS = 3;
const IDLE_S = 10;

export async function ways(seconds: number): Promise<Figure[]> {
  if (chosenEngine() !== "postgres") throw new TypeError("the part ways needs --engine postgres");
  await using opened = new AsyncDisposableStack();
  const server = await PostgresServer.start({ settings: { fsync: "on" } });
  opened.defer(() => server.stop());
  const pooler = opened.adopt(await PgBouncer.start(server, "transaction"), (it) => it.stop());
  const off = "?lifeline=off";
  const routes = [
    { way: "sockets", port: server.port, query: "" },
    { way: "notify", port: server.port, query: off },
    { way: "sockets, pooled", port: pooler.port, query: "" },
    { way: "looks, pooled", port: pooler.port, query: off },
  ];
  const nodes = [];
  for (const [index, { way, port, query }] of routes.entries()) {
    const database = `way_${index}`;
    await server.query(`CREATE DATABASE ${database}`);
    const url = `postgres://carryout@127.0.0.1:${port}/${database}${query}`;
    const { repo } = opened.adopt(await openRecords(url, "writer"), (it) => it.close());
    const follower = await Commanded.start<Calls>(FOLLOWER, { url });
    opened.defer(() => follower.end("SIGKILL"));
    const writes = { slot: updatesOfSlots(), tick: ticks() };
    nodes.push({ way, database, writes, measure: { repo, follower, seconds } });
  }

  const figures: Figure[] = [];
  const countedAt = await transactions(server);
  await new Promise((resolve) => setTimeout(resolve, IDLE_S * 1_000));
  const counted = await transactions(server);
  for (const { way, database } of nodes) {
    const each = ((counted.get(database)! - countedAt.get(database)!) / IDLE_S).toFixed(1);
    figures.push({ what: `transactions a second of two idle nodes, ${way}`, measured: each });
  }
  for (const what of ["slot", "tick"] as const) {
    for (const rate of RATES) {
      const measured = new Map<string, number[]>(nodes.map(({ way }) => [way, []]));
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const { way, measure, writes } of nodes)
          measured.get(way)!.push(...(await delays(measure, rate, writes[what])));
      }
      for (const [way, values] of measured)
        figures.push({ what: `${what}, ${rate}/s, ${way}`, measured: latencies(values) });
    }
  }
  return figures;
}

async function transactions(server: PostgresServer): Promise<Map<string, number>> {
  const rows = await server.query<{ name: string; count: string }>(
    "SELECT datname AS name, xact_commit AS count FROM pg_stat_database WHERE datname LIKE 'way_%'",
  );
  return new Map(rows.map(({ name, count }) => [name, Number(count)]));
}
