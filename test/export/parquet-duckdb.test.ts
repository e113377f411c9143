import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { parquet } from "../../src/export/parquet/parquet.ts";
import {
  AWKWARD_TEXTS,
  sampleBatches,
  sampleColumn,
  sampleRows,
  sampleTable,
} from "../../src/export/sample-rows.testing.ts";
import { runWriter } from "../../src/export/writer-run.testing.ts";

const columns = sampleTable().columns.filter(({ type }) => type !== "integer");
const table = sampleTable({ columns: [sampleColumn("integer", { key: "n" }), ...columns] });
const samples = sampleRows(sampleTable({ columns }), 30_000, { texts: AWKWARD_TEXTS });
const rows = samples.map((row, n) => [n % 7 === 0 ? null : BigInt(n) * 300_000_000_000_000n, ...row]);

describe("Parquet read by DuckDB", () => {
  let folder: string;
  let connection: DuckDBConnection;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "carryout-parquet-"));
    connection = await (await DuckDBInstance.create(":memory:")).connect();
  });
  after(async () => {
    connection.closeSync();
    await rm(folder, { recursive: true });
  });

  for (const compression of ["zstd", "gzip", "none"] as const) {
    it(`has every value, with compression ${compression}`, async () => {
      const file = await written(`${compression}.parquet`, compression, rows);
      const found = await ask(
        `SELECT n::VARCHAR, text, number, "boolean", strftime("date", '%Y-%m-%d'), epoch_ms("datetime"), link FROM '${file}'`,
      );
      assert.equal(found.length, rows.length);
      for (const [at, [n, text, number, boolean, date, instant, link]] of rows.entries()) {
        assert.deepEqual(found[at], [
          n === null ? null : String(n),
          text,
          number,
          boolean,
          date === null ? null : date,
          instant === null ? null : BigInt((instant as Date).getTime()),
          link === null ? null : (link as { href: string }).href,
        ]);
      }
    });
  }

  it("is filtered correctly by its statistics", async () => {
    const file = await written("filtered.parquet", "zstd", rows);
    const groups = await ask(`SELECT count(DISTINCT row_group_id) FROM parquet_metadata('${file}')`);
    assert.ok(Number(groups[0]![0]) > 3);
    for (const text of AWKWARD_TEXTS.filter((one) => !one.includes("\u0000"))) {
      const [[count] = []] = await ask(`SELECT count(*) FROM '${file}' WHERE text = ?`, text);
      assert.equal(
        Number(count),
        rows.filter((row) => row[1] === text).length,
        JSON.stringify(text.slice(0, 40)),
      );
    }
    const [[count] = []] = await ask(`SELECT count(*) FROM '${file}' WHERE number > 400000 AND n < 0`);
    assert.equal(Number(count), 0);
  });

  it("is an empty table without rows", async () => {
    const file = await written("empty.parquet", "zstd", []);
    assert.deepEqual(await ask(`SELECT count(*)::INTEGER FROM '${file}'`), [[0]]);
    const types = (await ask(`DESCRIBE SELECT * FROM '${file}'`)).map(([name, type]) => [name, type]);
    assert.deepEqual(types, [
      ["n", "BIGINT"],
      ["text", "VARCHAR"],
      ["number", "DOUBLE"],
      ["boolean", "BOOLEAN"],
      ["date", "DATE"],
      ["datetime", "TIMESTAMP WITH TIME ZONE"],
      ["link", "VARCHAR"],
    ]);
  });

  async function written(
    name: string,
    compression: "zstd" | "gzip" | "none",
    given: typeof rows,
  ): Promise<string> {
    const format = parquet({ compression, rowGroupBytes: 200_000 });
    const { bytes } = await runWriter(format, table, sampleBatches(given, 1_000));
    const file = join(folder, name);
    await writeFile(file, bytes);
    return file;
  }

  async function ask(sql: string, ...values: string[]): Promise<unknown[][]> {
    const reader = await connection.runAndReadAll(sql, values);
    return reader.getRows();
  }
});
