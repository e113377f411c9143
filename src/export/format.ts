/** @module Port: a file format that rows are written in. */

import type { Json } from "../download/json.ts";
import type { Row } from "./cell.ts";
import type { Column } from "./column.ts";

/** The table to write: the same for every attempt of one download, so that the bytes can be the same. */
export interface Table {
  /** The title of the data, chosen by the application: a heading, a sheet's name, a document's title. */
  readonly title: string;
  readonly columns: readonly Column[];
  /** BCP 47, such as "de-CH": how formats for people show numbers, dates and yes/no. */
  readonly locale: string;
  /** IANA, such as "Europe/Zurich": the time zone of formats that show local time. */
  readonly timeZone: string;
  /** When the download was requested: the only time that may be written into a file. */
  readonly requestedAt: Date;
}

/** The destination of a writer's bytes. */
export interface Sink {
  /**
   * Resolves when the next bytes may be written. The sink owns the bytes from the call on: don't reuse their buffer.
   */
  write(bytes: Uint8Array | string): Promise<void>;
}

/** Messages for readers of the file: values that the format can't hold, and their replacements. */
export interface Warnings {
  /** Kept up to a limit, and counted beyond it. They are part of the checkpoint. */
  add(warning: string): void;
  /** The first ones, in order. */
  readonly listed: readonly string[];
  readonly count: number;
}

/**
 * A format as a value, such as `csv({ separator: ";" })`. `State` is what its writer needs to resume: JSON of at most
 * 128 KiB, for a file of any size.
 */
export interface TableFormat<Name extends string = string, State extends Json = Json> {
  /** The suffix of the generator's kind, and the format's name in requests: "csv". */
  readonly name: Name;
  /** The file's extension, without a dot: "csv". */
  readonly extension: string;
  /** The media type of the file. */
  readonly type: string;
  /** Whether its bytes are already compressed: a ZIP stores them unchanged. */
  readonly isCompressed?: boolean;
  /** How many times the writer must see all rows; default 1. Each pass reads the rows again. */
  readonly passes?: number;
  /** Throws a `TypeError` for columns that the format can never hold, for example too many. */
  check?(columns: readonly Column[]): void;
  /**
   * Starts a file, or resumes where `state` was saved. A resumed writer writes exactly the bytes that the previous one
   * would have written after that state. Throws a `UserError` when something can't be written, for example if a font is
   * missing.
   */
  open(
    table: Table,
    sink: Sink,
    warnings: Warnings,
    state: State | undefined,
  ): TableWriter<State> | Promise<TableWriter<State>>;
}

/** Calls don't overlap. Memory is bounded whatever the number of rows. */
export interface TableWriter<State extends Json = Json> {
  /** Adds a batch. Throws a `UserError` for a value that the format can't hold and that can't be replaced with a warning. */
  append(rows: readonly Row[]): Promise<void>;
  /**
   * Called between two passes, for formats with `passes`: all rows were passed, and are passed once more from the
   * first. They may have changed meanwhile. `save` is called afterwards too.
   */
  nextPass?(): Promise<void>;
  /**
   * Called after each batch and each `nextPass`. Returns the state needed to resume after the rows so far, once the
   * sink holds all earlier bytes; null when the format can't resume here. Which batches end in a save point must depend
   * only on the rows, never on time or on which of these states were kept: a file that was resumed after a crash has
   * the same bytes as an uninterrupted one.
   */
  save(): Promise<State | null>;
  /** Completes the file. */
  end(): Promise<void>;
}
