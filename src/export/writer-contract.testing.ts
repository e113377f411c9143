/** @module The contract of every format's writer, as a test suite. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readProperty } from "../text/thrown.ts";
import type { Row } from "./cell.ts";
import type { Table, TableFormat } from "./format.ts";
import { AWKWARD_TEXTS, randomOf, sampleBatches, sampleRows, sampleTable } from "./sample-rows.testing.ts";
import { runWriter, type WriterRun } from "./writer-run.testing.ts";

export interface WriterContract {
  /** With blocks so small that `rows` fill many of them. */
  format: TableFormat;
  table?: Table;
  /** Number of rows in the file that is interrupted; default 3,000. */
  rows?: number;
  /** Most rows of a batch; default 40. */
  batch?: number;
  /** Texts that must be preserved; default `AWKWARD_TEXTS`. */
  texts?: readonly string[];
  /** Minimum number of different points where that file can be resumed; default 20. */
  leastSaves?: number;
  /** Characters of the largest cell; default 10,000,000. */
  largestCell?: number;
  /** Reads a complete file and fails if it does not hold these rows. */
  verify?(bytes: Buffer, rows: readonly Row[], table: Table): void | Promise<void>;
}

const KILLS = 200;

/** Registers the suite. */
export function writerContract(name: string, options: WriterContract): void {
  const { format, table = sampleTable(), rows: count = 3_000, batch = 40, texts = AWKWARD_TEXTS } = options;
  const { leastSaves = 20, largestCell = 10_000_000, verify } = options;

  describe(`writer: ${name}`, () => {
    const rows = sampleRows(table, count, { texts });
    const batches = sampleBatches(rows, batch);
    let whole: Promise<WriterRun> | undefined;
    const uninterrupted = () => {
      whole ??= runWriter(format, table, batches);
      return whole;
    };

    async function writes(given: readonly Row[], of = table): Promise<WriterRun> {
      const run = await runWriter(format, of, [given]);
      await verify?.(run.bytes, given, of);
      return run;
    }

    it("contains the rows", async () => {
      await verify?.((await uninterrupted()).bytes, rows, table);
    });

    it("writes the same bytes again, even to a slow sink", async () => {
      const again = await runWriter(format, table, batches, { isSlow: true });
      assertSame(again, await uninterrupted());
      assert.deepEqual(again.saves, (await uninterrupted()).saves);
    });

    it(`resumes from any of ${KILLS} points with the same bytes`, async () => {
      const { bytes: file, saves, ...rest } = await uninterrupted();
      assert.ok(saves.length >= leastSaves, `${saves.length} saves: use smaller blocks or more rows`);
      const random = randomOf(7);
      for (let kill = 0; kill < KILLS; kill++) {
        const at = Math.floor(random() * saves.length);
        const resumed = await runWriter(format, table, batches, { from: { saved: saves[at]!, file } });
        assertSame(resumed, { bytes: file, saves, ...rest }, `resumed at save ${at} of ${saves.length}`);
        assert.deepEqual(resumed.saves, saves.slice(at + 1), "the same later saves");
      }
    });

    it("resumes when it is killed at every save", async () => {
      const { saves, ...rest } = await uninterrupted();
      let run = await runWriter(format, table, batches, { isKilledAtFirstSave: true });
      for (const expected of saves) {
        assert.deepEqual(run.saves[0], expected);
        const from = { saved: expected, file: run.bytes };
        run = await runWriter(format, table, batches, { from, isKilledAtFirstSave: true });
      }
      assertSame(run, { saves, ...rest });
    });

    it("writes an empty table, from no batches and from empty ones", async () => {
      const { bytes } = await writes([]);
      assertSame(await runWriter(format, table, []), { bytes, saves: [], warnings: [] });
    });

    it("writes one row, and one without any value", async () => {
      await writes(sampleRows(table, 1, { seed: 3, texts }));
      await writes([table.columns.map(() => null)]);
    });

    it("preserves awkward texts wherever text is allowed", async () => {
      const columns = table.columns.map((column) => ({
        ...column,
        type: "text" as const,
        align: "left" as const,
      }));
      const titled = columns.map((column, at) => ({ ...column, title: texts[at % texts.length]! }));
      const awkward = { ...table, columns: titled, title: texts.at(-1)! };
      await writes(
        texts.map((text, at) => columns.map((_, column) => texts[(at + column) % texts.length] ?? text)),
        awkward,
      );
    });

    it("writes a very large cell, or refuses it with a message for the user", async () => {
      const column = { ...table.columns[0]!, type: "text" as const, align: "left" as const };
      const large = "0123456789".repeat(Math.ceil(largestCell / 10));
      const of = { ...table, columns: [column] };
      const error = await runWriter(format, of, [[["before"], [large], ["after"]]]).catch((thrown) => thrown);
      if (error instanceof Error) assert.equal(readProperty(error, "expose"), true, error.stack);
    });
  });
}

function assertSame(actual: WriterRun, expected: WriterRun, message = "the same file"): void {
  // Not deepEqual: it would print megabytes.
  assert.equal(actual.bytes.length, expected.bytes.length, message);
  assert.ok(actual.bytes.equals(expected.bytes), message);
  assert.deepEqual(actual.warnings, expected.warnings);
}
