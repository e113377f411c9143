/** @module The end of a Parquet file: the schema, and the position and contents of every column of every row group. */

import type { Column } from "../column.ts";
import { CODECS, type Compression, describeColumn, PLAIN, physicalTypeOf, RLE } from "./physical.ts";
import type { ColumnChunk, RowGroup } from "./row-group-log.ts";
import { ThriftStruct } from "./thrift.ts";

/** At the beginning and end of a file. */
export const MAGIC = "PAR1";
const VERSION = 1;

/** All bytes after the last row group. */
export function footerOf(
  columns: readonly Column[],
  compression: Compression,
  groups: readonly RowGroup[],
): Uint8Array {
  let offset = MAGIC.length;
  const metadata = new ThriftStruct()
    .i32(1, VERSION)
    .structs(2, [null, ...columns], (element, column) => {
      if (column === null) element.binary(4, "schema").i32(5, columns.length);
      else describeColumn(element, column);
    })
    .i64(
      3,
      sumOf(groups, ({ rows }) => rows),
    )
    .structs(4, groups, (described, { rows, chunks }) => {
      const start = offset;
      described
        .structs(1, [...chunks.entries()], (chunk, [at, of]) => {
          describeChunk(chunk, { ...of, rows, offset, column: columns[at]!, compression });
          offset += of.compressed;
        })
        .i64(
          2,
          sumOf(chunks, ({ uncompressed }) => uncompressed),
        )
        .i64(3, rows)
        .i64(5, start)
        .i64(6, offset - start);
    })
    .binary(6, "carryout")
    // Bounds use the order that the specification defines for each type.
    .structs(7, columns, (order) => order.struct(1))
    .packed();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  return Buffer.concat([metadata, length, Buffer.from(MAGIC)]);
}

interface DescribedChunk extends ColumnChunk {
  readonly rows: number;
  readonly offset: number;
  readonly column: Column;
  readonly compression: Compression;
}

/** Fills a ColumnChunk. Its own offset field should be zero; that of its first page counts. */
function describeChunk(chunk: ThriftStruct, of: DescribedChunk): void {
  const { column, nulls, bounds } = of;
  chunk.i64(2, 0).struct(3, (about) => {
    about
      .i32(1, physicalTypeOf(column.type))
      .i32s(2, [PLAIN, RLE])
      .binaries(3, [column.key])
      .i32(4, CODECS[of.compression])
      .i64(5, of.rows)
      .i64(6, of.uncompressed)
      .i64(7, of.compressed)
      .i64(9, of.offset);
    if (nulls === undefined) return;
    about.struct(12, (statistics) => {
      statistics.i64(3, nulls);
      if (bounds !== undefined) statistics.binary(5, bounds.max).binary(6, bounds.min);
    });
  });
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
