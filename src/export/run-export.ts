/** @module Writes one file: reads rows in batches, passes them to a format's writer, and saves where it can resume. */

import type { Json } from "../download/json.ts";
import { UserError } from "../errors.ts";
import type { Generation } from "../generator/generator.ts";
import { jsonText, sizeOf } from "../generator/json-copy.ts";
import { valueName } from "../text/value-name.ts";
import type { ReadRow } from "./cells.ts";
import type { Table, TableFormat } from "./format.ts";
import type { Batch, Rows } from "./rows.ts";
import { type SavedWarnings, WarningList } from "./warnings.ts";

/** The position of an export after a batch. */
export type ExportState = {
  /** The cursor of the last batch of this pass, in an array of one; empty before the first. */
  after: [] | [Json];
  /** Number of completed passes. */
  pass: number;
  /** Rows so far in this pass, and in total. */
  row: number;
  done: number;
  format: Json;
  warnings: SavedWarnings;
};

/** Everything needed beside the generation. */
export interface ExportJob<R, Params, Cursor extends Json = Json> {
  readonly table: Table;
  readonly format: TableFormat;
  readonly rows: Rows<R, Params, Cursor>;
  readonly params: Params;
  readonly read: ReadRow<R>;
  /** The expected number of rows; null if unknown. */
  readonly total: number | null;
  /** The word for rows in the line beside the bar: "rows". */
  readonly unit: string;
}

const LARGEST_CURSOR_BYTES = 16 * 1024;

/**
 * Resolves when the file is complete, with what its reader should know, if anything. Errors: see `TableWriter`, `rowReader`; errors of the rows' source are passed on.
 */
export async function runExport<R, Params, Cursor extends Json>(
  job: ExportJob<R, Params, Cursor>,
  { resume, write, progress, checkpoint, signal }: Generation<unknown, ExportState>,
): Promise<string | undefined> {
  const { table, format, read } = job;
  const { passes = 1 } = format;
  const total = job.total === null ? null : job.total * passes;
  const warnings = new WarningList(resume?.warnings);
  const writer = await format.open(table, { write }, warnings, resume?.format);
  let cursors = new Cursors(resume?.after ?? []);
  let pass = resume?.pass ?? 0;
  let row = resume?.row ?? 0;
  let done = resume?.done ?? 0;
  // Making one takes longer than a batch of text.
  const number = new Intl.NumberFormat(table.locale);
  const tell = () => {
    const most = total === null ? null : Math.max(total, done);
    progress(done, most, lineOf({ ...job, number }, most === null ? done : Math.round(done / passes)));
  };
  const save = async () => {
    const saved = await writer.save();
    if (saved !== null) {
      await checkpoint({ after: cursors.last, pass, row, done, format: saved, warnings: warnings.save() });
    }
  };
  tell();
  for (;;) {
    const [after] = cursors.last as [Cursor?];
    for await (const batch of job.rows({ after, params: job.params, signal })) {
      signal.throwIfAborted();
      const { rows, cursor } = checkedBatch(batch);
      await writer.append(rows.map((given, index) => read(given, row + index + 1)));
      cursors.move(cursor);
      row += rows.length;
      done += rows.length;
      tell();
      await save();
    }
    if (pass + 1 >= passes) break;
    pass += 1;
    row = 0;
    cursors = new Cursors([]);
    await writer.nextPass?.();
    await save();
  }
  await writer.end();
  const rows = Math.round(done / passes);
  progress(done, done, lineOf({ ...job, number, total: rows }, rows));
  return noteOf(warnings);
}

/** The first warning, and how many there are, for the person who fetches the file. */
function noteOf({ listed: [first], count }: WarningList): string | undefined {
  return first === undefined || count === 1 ? first : `${first} (and ${count - 1} more)`;
}

function checkedBatch<R, Cursor extends Json>(batch: Batch<R, Cursor>): Batch<R, Cursor> {
  if (Array.isArray(batch?.rows)) return batch;
  throw new TypeError(`a batch must be { rows, cursor }, not ${valueName(batch)}`);
}

function lineOf(
  { number, total, unit }: { number: Intl.NumberFormat; total: number | null; unit: string },
  done: number,
): string {
  const isAll = total === null || total === done;
  return `${isAll ? number.format(done) : `${number.format(done)} of ${number.format(total)}`} ${unit}`;
}

/** Ensures that the position advances: otherwise the same rows would be repeated after a crash, or forever. */
class Cursors {
  last: [] | [Json];
  #text: string | null;

  constructor(last: [] | [Json]) {
    this.last = last;
    this.#text = last.length === 0 ? null : JSON.stringify(last[0]);
  }

  move(cursor: Json): void {
    const text = jsonText(cursor, "the cursor of a batch");
    const sizeBytes = sizeOf(text);
    if (sizeBytes > LARGEST_CURSOR_BYTES) {
      throw new TypeError(
        `the cursor of a batch must be at most ${LARGEST_CURSOR_BYTES} bytes as JSON, not ${sizeBytes}`,
      );
    }
    if (text === this.#text) {
      throw new UserError(
        `the source of the rows gave two batches with the same cursor (${text.slice(0, 80)}), so the file can't be completed`,
      );
    }
    this.last = [cursor];
    this.#text = text;
  }
}
