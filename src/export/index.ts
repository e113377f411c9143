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
export type { FontPair, PdfOptions } from "./pdf/options.ts";
export { pdf } from "./pdf/pdf.ts";
export { type BatchedOptions, batched, type RowSource } from "./rows/batched.ts";
export type { NdjsonStream } from "./rows/byte-stream.ts";
export type { KeyCursor, KeyValue } from "./rows/key-value.ts";
export { type KeysetOptions, keyset, type PageRequest } from "./rows/keyset.ts";
export { type MysqlConnection, type MysqlPool, mysqlDriver } from "./rows/mysql-driver.ts";
export {
  type NdjsonCursor,
  type NdjsonRequest,
  type NdjsonRowsOptions,
  ndjsonRows,
} from "./rows/ndjson-rows.ts";
export {
  type ApiPage,
  type ApiPageRequest,
  type PageCursor,
  type PagedRowsOptions,
  pagedRows,
} from "./rows/paged-rows.ts";
export { type PgClient, type PgPool, type PgResult, pgDriver } from "./rows/pg-driver.ts";
export type { SqlDriver, SqlRow } from "./rows/sql-driver.ts";
export { type SqlRowsOptions, sqlRows } from "./rows/sql-rows.ts";
export {
  type SqliteDatabase,
  type SqliteDriverOptions,
  type SqliteStatement,
  sqliteDriver,
} from "./rows/sqlite-driver.ts";
export type { Batch, Rows, RowsContext } from "./rows.ts";
export { type CsvOptions, csv } from "./text/csv.ts";
export { ndjson } from "./text/ndjson.ts";
export { type XlsxOptions, xlsx } from "./xlsx/xlsx.ts";
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
