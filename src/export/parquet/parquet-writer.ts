/** @module Writes rows as row groups: their pages are made as rows arrive, and written column by column. */

import type { Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Sink, TableWriter } from "../format.ts";
import { valuesOf } from "./column-types.ts";
import type { ColumnValues } from "./column-values.ts";
import { footerOf, MAGIC } from "./footer.ts";
import { type Page, pageOf, Scratch } from "./page.ts";
import { type Compression, checkInteger } from "./physical.ts";
import { RowGroupLog, type SavedLog } from "./row-group-log.ts";
import { groupSize } from "./row-group-size.ts";

export interface ParquetState extends SavedLog {
  readonly rows: number;
  /** Bytes of the file. */
  readonly size: number;
  [name: string]: string | number;
}

export interface WriterOptions {
  readonly compression: Compression;
  readonly rowGroupBytes: number;
}

/**
 * Largest number of rows in a page; pages of all columns have at most this many cells, and about this many bytes or a
 * group's.
 */
const MOST_ROWS = 16_384;
const MOST_CELLS = 524_288;
const MOST_BYTES = 4 * 1024 * 1024;
/** Approximate size of a value; texts add their length. */
const BYTES_PER_CELL = 8;

export class ParquetTableWriter implements TableWriter<ParquetState> {
  readonly #columns: readonly Column[];
  readonly #sink: Sink;
  readonly #options: WriterOptions;
  readonly #log: RowGroupLog;
  readonly #mostRows: number;
  readonly #mostBytes: number;
  /** The values that are not in a page yet. */
  readonly #values: readonly ColumnValues[];
  readonly #scratch = new Scratch();
  #valueRows = 0;
  #valueBytes = 0;
  /** The current group, column by column. */
  readonly #pages: { pages: Page[]; nulls: number }[];
  #groupRows = 0;
  #groupBytes = 0;
  #rows: number;
  #size: number;
  #savedSize: number;

  constructor(
    columns: readonly Column[],
    sink: Sink,
    options: WriterOptions,
    state: ParquetState | undefined,
  ) {
    this.#columns = columns;
    this.#sink = sink;
    this.#options = options;
    this.#log = new RowGroupLog(columns, state);
    this.#mostRows = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_CELLS / columns.length)));
    this.#mostBytes = Math.min(MOST_BYTES, options.rowGroupBytes);
    this.#values = columns.map(({ type }) => valuesOf(type));
    this.#pages = columns.map(() => ({ pages: [], nulls: 0 }));
    this.#rows = state?.rows ?? 0;
    this.#size = state?.size ?? MAGIC.length;
    this.#savedSize = this.#size;
  }

  async append(rows: readonly Row[]): Promise<void> {
    for (const row of rows) {
      this.#add(row);
      if (this.#valueRows < this.#mostRows && this.#valueBytes < this.#mostBytes) continue;
      await this.#endPages();
      // A batch may be longer than a group, and only its end is a checkpoint.
      if (this.#groupBytes >= 2 * this.#target()) await this.#endGroup();
    }
  }

  async save(): Promise<ParquetState | null> {
    if (this.#size - this.#savedSize + this.#groupBytes < this.#target()) return null;
    await this.#endGroup();
    this.#savedSize = this.#size;
    const log = this.#log.save();
    return log === null ? null : { ...log, rows: this.#rows, size: this.#size };
  }

  async end(): Promise<void> {
    await this.#endGroup();
    await this.#sink.write(footerOf(this.#columns, this.#options.compression, this.#log.groups));
  }

  #add(row: Row): void {
    this.#rows += 1;
    this.#valueRows += 1;
    for (let at = 0; at < this.#columns.length; at++) {
      const cell = row[at]!;
      if (typeof cell === "bigint") checkInteger(cell, this.#rows, this.#columns[at]!);
      this.#valueBytes += typeof cell === "string" ? cell.length + BYTES_PER_CELL : BYTES_PER_CELL;
      this.#values[at]!.add(cell);
    }
  }

  async #endPages(): Promise<void> {
    if (this.#valueRows === 0) return;
    const { compression } = this.#options;
    for (const [at, values] of this.#values.entries()) {
      const page = await pageOf(values, compression, this.#scratch);
      this.#groupBytes += page.bytes.length;
      this.#pages[at]!.pages.push(page);
      this.#pages[at]!.nulls += values.nulls;
      values.clear();
    }
    this.#groupRows += this.#valueRows;
    this.#valueRows = 0;
    this.#valueBytes = 0;
  }

  async #endGroup(): Promise<void> {
    await this.#endPages();
    if (this.#groupRows === 0) return;
    const chunks = [];
    for (const [at, of] of this.#pages.entries()) {
      const chunk = {
        compressed: 0,
        uncompressed: 0,
        nulls: of.nulls,
        bounds: this.#values[at]!.takeBounds(),
      };
      for (const { bytes, uncompressed } of of.pages) {
        chunk.compressed += bytes.length;
        chunk.uncompressed += uncompressed;
        await this.#sink.write(bytes);
      }
      chunks.push(chunk);
      of.pages = [];
      of.nulls = 0;
    }
    this.#log.add({ rows: this.#groupRows, chunks });
    this.#size += this.#groupBytes;
    this.#groupRows = 0;
    this.#groupBytes = 0;
  }

  #target(): number {
    return groupSize(this.#size, this.#columns.length, this.#options.rowGroupBytes);
  }
}
