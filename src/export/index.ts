/** @module `carryout/export`: from rows to files. */

export type { Cell, Link, Row } from "./cell.ts";
export type { ChoicesInput } from "./choices.ts";
export type { Alignment, Column, ColumnType } from "./column.ts";
export { defineExport, type Export, type ExportOptions } from "./define-export.ts";
export type { ExportColumn } from "./export-column.ts";
export type { Sink, Table, TableFormat, TableWriter, Warnings } from "./format.ts";
export type { FormatName } from "./formats.ts";
export type { ExportParams } from "./params.ts";
export { type ParquetOptions, parquet } from "./parquet/parquet.ts";
export type { Batch, Rows, RowsContext } from "./rows.ts";
export { type CsvOptions, csv } from "./text/csv.ts";
export { ndjson } from "./text/ndjson.ts";
export type { CompressionLevel } from "./zip/deflated-blocks.ts";
export { type GzipOptions, gzipped } from "./zip/gzipped.ts";
export {
  openZip,
  type ZipFile,
  type ZipFileOptions,
  type ZipFiles,
  type ZipFilesOptions,
  type ZipFilesState,
} from "./zip/open-zip.ts";
export { type ZipOptions, zip } from "./zip/zip.ts";
