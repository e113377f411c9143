import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Cell, Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Table } from "../format.ts";
import {
  AWKWARD_TEXTS,
  sampleBatches,
  sampleColumn,
  sampleRows,
  sampleTable,
} from "../sample-rows.testing.ts";
import { writerContract } from "../writer-contract.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import { type ParquetOptions, parquet } from "./parquet.ts";

/** Without integers, as some samples exceed 64 bits. */
const columns = sampleTable().columns.filter(({ type }) => type !== "integer");
const table = sampleTable({ columns });

writerContract("parquet", { format: parquet({ rowGroupBytes: 4_000 }), table, verify });
for (const compression of ["gzip", "none"] as const) {
  const format = parquet({ compression, rowGroupBytes: 2_000 });
  writerContract(`parquet, ${compression}`, { format, table, rows: 600, leastSaves: 5, verify });
}

describe("Parquet file", () => {
  const integers = sampleTable({ columns: [sampleColumn("integer", { key: "n" })] });

  it("holds integers of 64 bits", async () => {
    const rows: Row[] = [[2n ** 63n - 1n], [-(2n ** 63n)], [0], [null], [Number.MAX_SAFE_INTEGER]];
    const { bytes } = await runWriter(parquet(), integers, [rows]);
    await verify(bytes, rows, integers);
  });

  it("refuses a larger one with an error naming row and column", async () => {
    const rows: Row[] = [[1], [2n ** 63n]];
    await assert.rejects(runWriter(parquet(), integers, [[[5]], rows]), {
      expose: true,
      message: 'row 3, column "n": Parquet holds integers from -2^63 to 2^63 - 1, not 9223372036854775808',
    });
    await assert.rejects(runWriter(parquet(), integers, [[[-(2n ** 63n) - 1n]]]), { expose: true });
    await assert.rejects(runWriter(parquet(), integers, [[[10n ** 5_000n]]]), /not 10{39}…$/);
  });

  it("uses types that readers know", async () => {
    const { bytes } = await runWriter(parquet(), sampleTable(), []);
    const { schema, created_by } = parquetMetadata(arrayBufferOf(bytes));
    const types = schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type]);
    assert.deepEqual(types, [
      ["text", "BYTE_ARRAY", "UTF8"],
      ["number", "DOUBLE", undefined],
      ["integer", "INT64", undefined],
      ["boolean", "BOOLEAN", undefined],
      ["date", "INT32", "DATE"],
      ["datetime", "INT64", "TIMESTAMP_MILLIS"],
      ["link", "BYTE_ARRAY", "UTF8"],
    ]);
    assert.deepEqual(schema[1]!.logical_type, { type: "STRING" });
    assert.deepEqual(schema[5]!.logical_type, { type: "DATE" });
    assert.deepEqual(schema[6]!.logical_type, { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" });
    assert.equal(created_by, "carryout");
  });

  it("has valid statistics of each group and column", async () => {
    const rows = sampleRows(table, 3_000, { texts: AWKWARD_TEXTS.filter((text) => text.length < 1_000) });
    const { bytes } = await written({ rowGroupBytes: 10_000 }, sampleBatches(rows, 300));
    const { row_groups: groups } = parquetMetadata(arrayBufferOf(bytes));
    assert.ok(groups.length > 3);
    let start = 0;
    for (const { num_rows, columns: chunks } of groups) {
      const end = start + Number(num_rows);
      for (const [at, { meta_data }] of chunks.entries()) {
        const values = rows.slice(start, end).map((row) => comparable(row[at]!));
        const { min_value, max_value, null_count } = meta_data!.statistics!;
        assert.equal(Number(null_count), values.filter((value) => value === null).length);
        const [min, max] = [comparable(min_value as Cell), comparable(max_value as Cell)];
        for (const value of values) {
          if (value === null) continue;
          assert.ok(compare(min!, value) <= 0 && compare(value, max!) <= 0, `${min} ${value} ${max}`);
        }
      }
      start = end;
    }
    assert.equal(start, rows.length);
  });

  it("ends a group at the end of a batch, or within a batch longer than two groups", async () => {
    const rows = sampleRows(table, 40_000);
    const { bytes, saves } = await written({ rowGroupBytes: 50_000 }, [rows]);
    const { row_groups: groups } = parquetMetadata(arrayBufferOf(bytes));
    assert.ok(groups.length > 2, `${groups.length} groups`);
    assert.equal(saves.length, 1);
    await verify(bytes, rows, table);
  });

  it("refuses unknown options", () => {
    assert.throws(() => parquet({ compression: "snappy" as "zstd" }), {
      name: "TypeError",
      message: 'parquet(): compression must be "zstd", "gzip" or "none", not "snappy"',
    });
    assert.throws(() => parquet({ rowGroupBytes: 0 }), /must be a number from 1 to 1073741824, not 0$/);
    assert.throws(() => parquet({ rowGroupBytes: "8" as unknown as number }), /, not a string$/);
  });

  function written(options: ParquetOptions, batches: readonly (readonly Row[])[]) {
    return runWriter(parquet(options), table, batches);
  }
});

/** Reads with a library independent of the writer. */
async function verify(bytes: Buffer, rows: readonly Row[], { columns }: Table): Promise<void> {
  const found = await parquetReadObjects({ file: arrayBufferOf(bytes), compressors });
  assert.equal(found.length, rows.length);
  for (const [at, row] of rows.entries()) {
    const expected = Object.fromEntries(columns.map((column, c) => [column.key, stored(row[c]!, column)]));
    assert.deepEqual(found[at], expected, `row ${at + 1}`);
  }
}

function stored(cell: Cell, { type }: Column): unknown {
  if (cell === null) return null;
  if (type === "link") return (cell as { href: string }).href;
  if (type === "date") return new Date(`${cell as string}T00:00:00Z`);
  return type === "integer" ? BigInt(cell as number) : cell;
}

function comparable(cell: Cell): Buffer | number | null {
  if (cell === null) return null;
  if (typeof cell === "object" && "href" in cell) return Buffer.from(cell.href);
  if (typeof cell !== "string") return Number(cell);
  return /^\d{4}-\d\d-\d\d$/.test(cell) ? Date.parse(cell) : Buffer.from(cell);
}

function compare(a: Buffer | number, b: Buffer | number): number {
  return typeof a === "number" ? a - Number(b) : Buffer.compare(a, b as Buffer);
}

function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
