/** @module Port: a file format that rows are written in. */

import type { Json } from "../download/json.ts";
import type { Row } from "./cell.ts";
import type { Column } from "./column.ts";

/** What is written: the same for every attempt of one download, so that its bytes can be. */
export interface Table {
  /** What the file is about, in the words of the application: a heading, a sheet's name, a document's title. */
  readonly title: string;
  readonly columns: readonly Column[];
  /** BCP 47, such as "de-CH": how formats for people show numbers, dates and yes/no. */
  readonly locale: string;
  /** IANA, such as "Europe/Zurich": what local time formats show instants in. */
  readonly timeZone: string;
  /** When the download was asked for: the only time that may be written into a file. */
  readonly requestedAt: Date;
}

/** Where a writer's bytes go. */
export interface Sink {
  /** Resolves when the next may come. The bytes belong to the sink from the call on: don't reuse their buffer. */
  write(bytes: Uint8Array | string): Promise<void>;
}

/** What a reader of the file should know: values that the format can't hold, and what stands there instead. */
export interface Warnings {
  /** Kept up to a bound, counted beyond it. They are part of the checkpoint. */
  add(warning: string): void;
  /** The first ones, in their order. */
  readonly listed: readonly string[];
  readonly count: number;
}

/**
 * A format as a value, such as `csv({ separator: ";" })`. `State` is what its writer needs to go on: JSON of at most
 * 128 KiB, for a file of any size.
 */
export interface TableFormat<Name extends string = string, State extends Json = Json> {
  /** The end of the generator's kind, and the format's name in requests: "csv". */
  readonly name: Name;
  /** Of the file's name, without a dot: "csv". */
  readonly extension: string;
  /** The media type of the file. */
  readonly type: string;
  /** Whether its bytes are compressed already: a ZIP keeps them as they are. */
  readonly isCompressed?: boolean;
  /** How often the writer must see all rows, one time after the other; 1 when left out. Each pass costs the rows again. */
  readonly passes?: number;
  /** Throws a `TypeError` for columns that the format can never hold (too many of them, say). */
  check?(columns: readonly Column[]): void;
  /**
   * Begins a file, or goes on where `state` was saved. A writer that goes on writes exactly the bytes that the one
   * before would have written after that state. Throws a `UserError` for what can't be written (a missing font, say).
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
   * Between two passes, for formats with `passes`: all rows were given, and are given once more from the first. They
   * may have changed meanwhile. `save` is called afterwards too.
   */
  nextPass?(): Promise<void>;
  /**
   * Called after each batch and each `nextPass`. What is needed to go on after the rows so far, when the sink holds all that came before it;
   * null when the format has no such point here. Which batches end in one depends on the rows alone, never on time
   * or on which of these states were kept: a file that went on after a crash has the bytes of one that never stopped.
   */
  save(): Promise<State | null>;
  /** Completes the file. */
  end(): Promise<void>;
}
