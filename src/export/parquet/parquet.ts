/** @module The format "parquet": columns for analysis, read by DuckDB, pandas, Spark and others. */

import { valueName } from "../../text/value-name.ts";
import type { TableFormat } from "../format.ts";
import { MAGIC } from "./footer.ts";
import { type ParquetState, ParquetTableWriter } from "./parquet-writer.ts";
import { CODECS } from "./physical.ts";

export interface ParquetOptions {
  /** Default "zstd". "gzip" is for readers that don't know it. */
  compression?: "zstd" | "gzip" | "none";
  /**
   * Minimum size of a row group in bytes; default 2 MiB, more for more than 32 columns. Groups grow with the file, up
   * to a 32nd of it and at most 128 MiB. One is held in memory, and its end is a checkpoint.
   */
  rowGroupBytes?: number;
}

export const LEAST_GROUP = 2 * 1024 * 1024;
const MOST_GROUP = 1024 ** 3;

/**
 * Rows as Parquet. Text and links are strings (a link is its address), numbers are doubles, integers have 64 bits,
 * dates are days, instants are milliseconds in UTC. Every column is nullable and named by its key. An integer beyond 64
 * bits ends the file with a `UserError`.
 */
export function parquet({
  compression = "zstd",
  rowGroupBytes = LEAST_GROUP,
}: ParquetOptions = {}): TableFormat<"parquet", ParquetState> {
  if (!Object.hasOwn(CODECS, compression)) {
    const shown = typeof compression === "string" ? JSON.stringify(compression) : valueName(compression);
    throw new TypeError(`parquet(): compression must be "zstd", "gzip" or "none", not ${shown}`);
  }
  if (!(typeof rowGroupBytes === "number" && rowGroupBytes >= 1 && rowGroupBytes <= MOST_GROUP)) {
    const shown = typeof rowGroupBytes === "number" ? rowGroupBytes : valueName(rowGroupBytes);
    throw new TypeError(`parquet(): rowGroupBytes must be a number from 1 to ${MOST_GROUP}, not ${shown}`);
  }
  return {
    name: "parquet",
    extension: "parquet",
    type: "application/vnd.apache.parquet",
    isCompressed: compression !== "none",
    async open({ columns }, sink, _warnings, state) {
      if (state === undefined) await sink.write(MAGIC);
      return new ParquetTableWriter(columns, sink, { compression, rowGroupBytes }, state);
    },
  };
}
