/** @module Runs the writer of a format over batches of rows, as the driver does, from the start or from a saved state. */

import assert from "node:assert/strict";
import type { Json } from "../download/json.ts";
import type { Row } from "./cell.ts";
import type { Sink, Table, TableFormat, Warnings } from "./format.ts";

/** Largest state of a writer, as JSON in UTF-8. */
const LARGEST_STATE_BYTES = 128 * 1024;

/** A point where a run can resume. */
export interface SavedPoint {
  /** Number of batches and ends of passes before it. */
  readonly steps: number;
  /** Bytes of the file up to there. */
  readonly size: number;
  /** JSON. */
  readonly state: string;
  readonly warnings: readonly string[];
}

export interface WriterRun {
  /** The whole file, or the bytes kept and written up to `until`. */
  readonly bytes: Buffer;
  /** In order; those after `from` when the run started there. */
  readonly saves: readonly SavedPoint[];
  readonly warnings: readonly string[];
}

export interface WriterRunOptions {
  /** Where to resume, and the beginning of the file as saved. */
  from?: { readonly saved: SavedPoint; readonly file: Buffer };
  /** Ends the run at its first save, without completing the file. */
  isKilledAtFirstSave?: boolean;
  /** Every write takes a turn of the event loop. */
  isSlow?: boolean;
}

/**
 * Checks that the writer obeys the port: it waits for the sink, does not change written buffers, and its states are
 * small JSON.
 */
export async function runWriter(
  format: TableFormat,
  table: Table,
  batches: readonly (readonly Row[])[],
  { from, isKilledAtFirstSave = false, isSlow = false }: WriterRunOptions = {},
): Promise<WriterRun> {
  format.check?.(table.columns);
  const sink = new RecordingSink(from?.file.subarray(0, from.saved.size), isSlow);
  const warnings = new RecordedWarnings(from?.saved.warnings);
  const state = from === undefined ? undefined : (JSON.parse(from.saved.state) as Json);
  const writer = await format.open(table, sink, warnings, state);
  const saves: SavedPoint[] = [];
  const passes = format.passes ?? 1;
  const stepsOfPass = batches.length + 1;
  for (let step = from?.saved.steps ?? 0; step < passes * stepsOfPass - 1; step++) {
    const batch = batches[step % stepsOfPass];
    if (batch !== undefined) await writer.append(batch);
    else await writer.nextPass!();
    const saved = await writer.save();
    if (saved === null) continue;
    const json = JSON.stringify(saved);
    assert.deepEqual(JSON.parse(json), saved, "a state is JSON");
    assert.ok(Buffer.byteLength(json) <= LARGEST_STATE_BYTES, `a state of ${Buffer.byteLength(json)} bytes`);
    saves.push({ steps: step + 1, size: sink.size, state: json, warnings: [...warnings.listed] });
    if (isKilledAtFirstSave) return { bytes: sink.bytes(), saves, warnings: warnings.listed };
  }
  await writer.end();
  return { bytes: sink.bytes(), saves, warnings: warnings.listed };
}

class RecordingSink implements Sink {
  readonly #isSlow: boolean;
  readonly #given: Uint8Array[] = [];
  readonly #copies: Buffer[] = [];
  #isBusy = false;
  size = 0;

  constructor(kept: Uint8Array = new Uint8Array(), isSlow: boolean) {
    this.#isSlow = isSlow;
    this.#keep(kept);
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    assert.ok(!this.#isBusy, "a write begins when the one before has resolved");
    this.#isBusy = true;
    this.#keep(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    await (this.#isSlow ? new Promise(setImmediate) : null);
    this.#isBusy = false;
  }

  bytes(): Buffer {
    assert.ok(!this.#isBusy, "every write has resolved");
    const copy = Buffer.concat(this.#copies);
    assert.ok(copy.equals(Buffer.concat(this.#given)), "what was written stays as it was");
    return copy;
  }

  #keep(bytes: Uint8Array): void {
    this.#given.push(bytes);
    this.#copies.push(Buffer.from(bytes));
    this.size += bytes.length;
  }
}

class RecordedWarnings implements Warnings {
  readonly listed: string[];

  constructor(listed: readonly string[] = []) {
    this.listed = [...listed];
  }

  get count(): number {
    return this.listed.length;
  }

  add(warning: string): void {
    this.listed.push(warning);
  }
}
