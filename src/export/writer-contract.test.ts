import assert from "node:assert/strict";
import { it } from "node:test";
import type { TableFormat } from "./format.ts";
import { sampleBatches, sampleRows, sampleTable } from "./sample-rows.testing.ts";
import { writerContract } from "./writer-contract.testing.ts";
import { runWriter } from "./writer-run.testing.ts";

/** The smallest format: rows as JSON lines, numbered over two passes, saved after every full ten rows. */
function numberedLines({ isForgetful = false } = {}): TableFormat<"lines", { row: number; pass: number }> {
  return {
    name: "lines",
    extension: "txt",
    type: "text/plain",
    passes: 2,
    open(_table, sink, _warnings, state) {
      let { row, pass } = state ?? { row: 0, pass: 0 };
      let saved = row;
      if (isForgetful) row -= row % 2;
      return {
        async append(rows) {
          for (const cells of rows) {
            const text = cells.map((cell) => (typeof cell === "bigint" ? String(cell) : cell));
            await sink.write(`${pass} ${row++} ${JSON.stringify(text)}\n`);
          }
        },
        async nextPass() {
          pass++;
        },
        async save() {
          if (row - saved < 10) return null;
          saved = row;
          return { row, pass };
        },
        async end() {},
      };
    },
  };
}

writerContract("an example", { format: numberedLines(), rows: 1_000 });

it("finds a writer that does not go on as before", async () => {
  const table = sampleTable();
  const batches = sampleBatches(sampleRows(table, 200), 20);
  const format = numberedLines({ isForgetful: true });
  const { bytes: file, saves } = await runWriter(format, table, batches);
  const odd = saves.find(({ state }) => JSON.parse(state).row % 2 === 1);
  const resumed = await runWriter(format, table, batches, { from: { saved: odd!, file } });
  assert.ok(!resumed.bytes.equals(file));
});
