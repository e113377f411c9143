import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COLUMN_TYPES } from "../column.ts";
import { randomOf, sampleColumn } from "../sample-rows.testing.ts";
import { LEAST_GROUP } from "./parquet.ts";
import { type ColumnChunk, type RowGroup, RowGroupLog } from "./row-group-log.ts";
import { groupSize } from "./row-group-size.ts";

const random = randomOf(11);
const columns = Array.from({ length: 50 }, (_, at) =>
  sampleColumn(COLUMN_TYPES[at % COLUMN_TYPES.length]!, { key: `column${at}` }),
);
/** As long as bounds may be. */
const BYTES = { text: 16, link: 16, number: 8, integer: 8, boolean: 1, date: 4, datetime: 8 } as const;

function groupOf(rows: number, bytesPerCell: number): RowGroup {
  const chunks = columns.map(({ type }, at): ColumnChunk => {
    const compressed = Math.floor(rows * bytesPerCell * (0.99 + 0.02 * random()));
    const bound = () => Uint8Array.from({ length: BYTES[type] }, () => 256 * random());
    return {
      compressed,
      uncompressed: Math.floor(2.5 * compressed * (0.99 + 0.02 * random())),
      nulls: Math.floor(rows * 0.1 * random()),
      bounds: at > 1 && random() < 0.1 ? undefined : { min: bound(), max: bound() },
    };
  });
  return { rows, chunks };
}

/** After a round trip through a checkpoint. */
function reopened(log: RowGroupLog): RowGroupLog {
  return new RowGroupLog(columns, JSON.parse(JSON.stringify(log.save())));
}

describe("log of row groups", () => {
  it("is restored from its saved form", () => {
    const log = new RowGroupLog(columns);
    for (let rows = 1; rows < 1e6; rows *= 7) log.add(groupOf(rows, 5));
    assert.deepEqual(reopened(log).groups, log.groups);
  });

  it("keeps exact sizes when it drops statistics, those of texts first", () => {
    const log = new RowGroupLog(columns);
    const all: RowGroup[] = [];
    const kept = new Set<string>();
    for (let count = 0; count < 300; count++) {
      const group = groupOf(10_000 + count, 5);
      all.push(group);
      log.add(group);
      assert.ok(log.save()!.groups.length < 128 * 1024 - 200);
      const has = (column: number, what: "bounds" | "nulls") =>
        log.groups.some(({ chunks }) => chunks[column]![what] !== undefined);
      kept.add(`${has(0, "bounds")} ${has(1, "bounds")} ${has(1, "nulls")}`);
    }
    assert.deepEqual([...kept], ["true true true", "false true true", "false false false"]);
    assert.deepEqual(reopened(log).groups, log.groups);
    const sizes = (groups: readonly RowGroup[]) =>
      groups.map(({ rows, chunks }) => [
        rows,
        ...chunks.map((chunk) => [chunk.compressed, chunk.uncompressed]),
      ]);
    assert.deepEqual(sizes(log.groups), sizes(all));
  });

  for (const bytesPerCell of [2, 5]) {
    it(`fits for 100 million rows of 50 columns with ${bytesPerCell} bytes per cell`, () => {
      const log = new RowGroupLog(columns);
      let offset = 4;
      for (let rows = 0; rows < 100e6; ) {
        const bytes = groupSize(offset, columns.length, LEAST_GROUP);
        const group = groupOf(Math.ceil(bytes / columns.length / bytesPerCell), bytesPerCell);
        log.add(group);
        rows += group.rows;
        offset += bytes;
      }
      assert.ok(offset > 9e9);
      assert.ok(JSON.stringify(log.save()).length < 128 * 1024 - 200, `${log.groups.length} groups`);
    });
  }

  it("can't be saved if even the sizes don't fit, but loses nothing", () => {
    const log = new RowGroupLog(columns);
    for (let count = 0; count < 1_000; count++) log.add(groupOf(1_000_000, 5));
    assert.equal(log.save(), null);
    assert.equal(log.groups.length, 1_000);
  });
});
