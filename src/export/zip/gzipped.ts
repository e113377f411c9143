/** @module A format whose files are compressed with gzip (RFC 1952). */

import type { Json } from "../../download/json.ts";
import type { TableFormat } from "../format.ts";
import { type CompressionLevel, DeflatedBlocks, type DeflatedState } from "./deflated-blocks.ts";
import { SAVE_DISTANCE, type SaveDistance, SavePoints } from "./save-points.ts";

export interface GzipOptions {
  /** 1 is fastest, 9 smallest; default 6. */
  level?: CompressionLevel;
  /** @internal Bytes between two saves. */
  saveDistance?: SaveDistance;
}

export type GzipState = { deflated: DeflatedState; inner: Json };

/** DEFLATE, no name, no time, no system (2.3.1): nothing that differs between attempts. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * The format's files as a single gzip member, named "csv.gz" for "csv". Useful for text; formats such as XLSX and
 * Parquet are already compressed.
 */
export function gzipped<Name extends string>(
  format: TableFormat<Name>,
  { level = 6, saveDistance = SAVE_DISTANCE }: GzipOptions = {},
): TableFormat<`${Name}.gz`, GzipState> {
  return {
    name: `${format.name}.gz`,
    extension: `${format.extension}.gz`,
    type: "application/gzip",
    isCompressed: true,
    passes: format.passes ?? 1,
    check: (columns) => format.check?.(columns),
    async open(table, sink, warnings, state) {
      const blocks = new DeflatedBlocks(sink, level, state?.deflated);
      const points = new SavePoints(saveDistance, blocks.size);
      if (state === undefined) await sink.write(HEADER);
      const writer = await format.open(table, blocks, warnings, state?.inner);
      return {
        append: (rows) => writer.append(rows),
        nextPass: async () => writer.nextPass?.(),
        async save() {
          const inner = await writer.save();
          if (inner === null || !points.take(blocks.size)) return null;
          return { deflated: await blocks.flush(), inner };
        },
        async end() {
          await writer.end();
          const { crc, size } = await blocks.end();
          const trailer = Buffer.alloc(8);
          trailer.writeUInt32LE(crc, 0);
          trailer.writeUInt32LE(size % 2 ** 32, 4);
          await sink.write(trailer);
        },
      };
    },
  };
}
