import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it, type TestContext } from "node:test";
import { drizzle } from "drizzle-orm/node-postgres";
import createKnex from "knex";
import { Kysely, PostgresDialect } from "kysely";
import { createPool, type Pool as MysqlPool } from "mysql2/promise";
import { Pool } from "pg";
import { issues } from "../../examples/exports/rows-api.ts";
import { byDrizzle } from "../../examples/exports/rows-drizzle.ts";
import { byKnex } from "../../examples/exports/rows-knex.ts";
import { byKysely, type Measurement } from "../../examples/exports/rows-kysely.ts";
import { customers } from "../../examples/exports/rows-mysql.ts";
import { readings } from "../../examples/exports/rows-own.ts";
import { measurements } from "../../examples/exports/rows-postgres.ts";
import { byPrisma } from "../../examples/exports/rows-prisma.ts";
import { orders } from "../../examples/exports/rows-sqlite.ts";
import { fromFile, fromIterable, fromUrl } from "../../examples/exports/rows-streams.ts";
import { seededRandom } from "../../src/clock/seeded-random.ts";
import { systemClock } from "../../src/clock/system.ts";
import type { Json } from "../../src/download/json.ts";
import { readWithCrashes } from "../../src/export/rows/crashing-reader.testing.ts";
import type { Rows } from "../../src/export/rows.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { registryOf } from "../../src/generator/registry.ts";
import { MariadbServer, withoutMariadb } from "../support/mariadb.testing.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";

const dir = mkdtempSync(join(tmpdir(), "carryout-example-rows-"));
after(() => rmSync(dir, { recursive: true }));

/** Enough for several batches of 1,000. */
const COUNT = 3_500;
const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

/** Reads everything, once without a crash and a few times with some. */
async function read<R, P, C extends Json>(rows: Rows<R, P, C>, params: P): Promise<R[]> {
  const whole = await readWithCrashes(rows, { params, crash: 0, random: seededRandom(0) });
  for (let seed = 1; seed <= 5; seed += 1) {
    const again = await readWithCrashes(rows, { params, crash: 0.4, random: seededRandom(seed) });
    assert.deepEqual(again.rows, whole.rows, `seed ${seed}`);
  }
  return whole.rows;
}

const idsOf = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);

describe("rows from PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let pool: Pool;
  before(async () => {
    server = await PostgresServer.start();
    pool = new Pool({ connectionString: server.url });
    await pool.query("CREATE TABLE places (id int PRIMARY KEY, name text NOT NULL)");
    await pool.query("INSERT INTO places SELECT n, 'Ort ' || n FROM generate_series(1, $1) n", [COUNT]);
    await pool.query(`CREATE TABLE measurements (station text, taken_at timestamptz, day int, celsius float8,
      PRIMARY KEY (taken_at, station))`);
    await pool.query(
      `INSERT INTO measurements SELECT 's' || n % 7, '2026-01-01Z'::timestamptz + n / 7 * interval '1 microsecond', n / 7, n
        FROM generate_series(1, $1) n`,
      [COUNT],
    );
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("by sqlRows", async () => {
    const rows = await read(measurements(pool), { stations: ["s1", "s3"] });
    assert.equal(rows.length, 1_000);
    assert.deepEqual(Object.keys(rows[0]!), ["station", "taken_at", "celsius"]);
    assert.ok(
      rows.every(({ celsius }, index) => index === 0 || Number(celsius) < Number(rows[index - 1]!.celsius)),
    );
  });

  it("by Kysely", async () => {
    const db = new Kysely<{ measurements: Measurement }>({
      dialect: new PostgresDialect({ pool: new Pool({ connectionString: server.url }) }),
    });
    const rows = await read(byKysely(db), {});
    await db.destroy();
    const sorted = rows.map(({ celsius }) => celsius).sort((a, b) => a - b);
    assert.deepEqual(sorted, numbers);
  });

  it("by Knex", async () => {
    const knex = createKnex({ client: "pg", connection: server.url });
    assert.deepEqual(idsOf(await read(byKnex(knex), {})), numbers);
    await knex.destroy();
  });

  it("by Drizzle", async () => {
    assert.deepEqual(idsOf(await read(byDrizzle(drizzle(pool)), {})), numbers);
  });
});

it("rows by Prisma's findMany, on a stand-in that takes the same query", async () => {
  const places = numbers.map((id) => ({ id, name: `Ort ${id}` }));
  const findMany: Parameters<typeof byPrisma>[0]["place"]["findMany"] = async ({ where, take }) =>
    places.filter(({ id }) => id > (where?.id.gt ?? 0)).slice(0, take);
  assert.deepEqual(await read(byPrisma({ place: { findMany } }), {}), places);
});

describe("rows from MySQL", { skip: withoutMariadb }, () => {
  let server: MariadbServer;
  let pool: MysqlPool;
  before(async () => {
    server = await MariadbServer.start();
    pool = createPool({ socketPath: server.socketPath, database: "test" });
    await pool.query("CREATE TABLE customers (id int PRIMARY KEY, name text, country text)");
    await pool.query(`INSERT INTO customers SELECT seq, concat('Zoë ', seq), 'CH' FROM seq_1_to_${COUNT}`);
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("by sqlRows", async () => {
    const rows = await read(customers(pool), {});
    assert.deepEqual(
      rows.map(({ id }) => id),
      numbers,
    );
    assert.deepEqual(rows[0], { id: 1, name: "Zoë 1", country: "CH" });
  });
});

it("an export of rows from SQLite resumes at each of its checkpoints", async () => {
  process.env.SHOP_DB = join(dir, "shop.db");
  const db = new DatabaseSync(process.env.SHOP_DB);
  db.exec(
    "PRAGMA journal_mode = wal; CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_at TEXT, total REAL, year INT)",
  );
  const insert = db.prepare("INSERT INTO orders VALUES (?, '2026-03-01 12:00:00', ?, ?)");
  db.exec("BEGIN");
  for (const id of numbers) insert.run(id, id / 4, 2026 - (id % 2));
  db.exec("COMMIT");
  const executor = inlineExecutor({
    registry: registryOf([{ ...orders.csv, checkpointMs: 0 }]),
    clock: systemClock,
  });
  await executor.ready();
  const params = {
    params: { year: 2026 },
    columns: ["id", "placed_at", "total"],
    locale: "en",
    timeZone: "UTC",
  };
  const run = (host: RecordingHost, resume: ReturnType<RecordingHost["resumeAt"]>["resume"] | null) =>
    executor.start({ downloadId: "test", kind: "orders.csv", params, requestedAt: 0, resume }, host).done;
  const whole = new RecordingHost();
  await run(whole, null);
  const lines = whole.bytes().toString().trimEnd().split("\r\n");
  assert.equal(lines.length, 1 + COUNT / 2);
  assert.match(lines[1]!, /^2,2026-03-01/);
  assert.ok(whole.checkpoints.length > 1);
  for (const checkpoint of whole.checkpoints) {
    const { host, resume } = whole.resumeAt(checkpoint);
    await run(host, resume);
    assert.deepEqual(host.bytes(), whole.bytes());
  }
  await executor.close();
  db.close();
});

it("rows of a custom function", async () => {
  const rows = await read(readings, {});
  assert.deepEqual(
    rows.map(({ at }) => at),
    numbers,
  );
});

describe("rows from streams", () => {
  const path = join(dir, "rows.ndjson");
  const rows = numbers.map((id) => ({ id, page: `/søk/${id}` }));
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

  it("from a file", async () => assert.deepEqual(await read(fromFile(path), {}), rows));

  it("from any iterable", async () => {
    const visitsAfter = async function* (after: number) {
      yield* rows.slice(after);
    };
    assert.deepEqual(await read(fromIterable(visitsAfter), {}), rows);
  });

  for (const knowsRanges of [true, false]) {
    it(`from a URL, of a server that ${knowsRanges ? "knows" : "ignores"} ranges`, async (test) => {
      const server = createServer((request, response) => {
        const [, begin = ""] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
        const start = knowsRanges ? Number(begin) : 0;
        const { size } = statSync(path);
        const headers = { "content-range": `bytes ${start}-${size - 1}/${size}` };
        if (start === size) response.writeHead(416, { "content-range": `bytes */${size}` }).end();
        else
          createReadStream(path, { start }).pipe(
            response.writeHead(knowsRanges ? 206 : 200, knowsRanges ? headers : {}),
          );
      });
      const base = await listen(test, server);
      assert.deepEqual(await read(fromUrl(base), {}), rows);
    });
  }
});

it("rows from a paged API that asks the client to slow down", async (test) => {
  const [pageSize, all] = [100, numbers.slice(0, 450).map((id) => ({ id, title: `Issue ${id}` }))];
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    if (requests % 5 === 0) return response.writeHead(429, { "retry-after": "0" }).end();
    const after = Number(new URL(request.url!, base).searchParams.get("after") ?? 0);
    const page = all.filter(({ id }) => id > after).slice(0, pageSize);
    const last = page.at(-1)?.id ?? 0;
    const link = last < all.length ? { link: `<${base}/issues?after=${last}>; rel="next"` } : {};
    response.writeHead(200, { "content-type": "application/json", ...link }).end(JSON.stringify(page));
  });
  const base = await listen(test, server);
  assert.deepEqual(await read(issues(`${base}/issues`), {}), all);
});

async function listen(test: TestContext, server: Server): Promise<string> {
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
