import assert from "node:assert/strict";
import { it } from "node:test";
import { lines } from "./lines-format.testing.ts";
import { sampleBatches, sampleRows, sampleTable } from "./sample-rows.testing.ts";
import { writerContract } from "./writer-contract.testing.ts";
import { runWriter } from "./writer-run.testing.ts";

writerContract("an example of two passes", { format: lines({ passes: 2 }), rows: 1_000 });

it("detects a writer that resumes differently", async () => {
  const table = sampleTable();
  const batches = sampleBatches(sampleRows(table, 200), 20);
  const format = lines({ isForgetful: true });
  const { bytes: file, saves } = await runWriter(format, table, batches);
  const odd = saves.find(({ state }) => JSON.parse(state).row % 2 === 1);
  const resumed = await runWriter(format, table, batches, { from: { saved: odd!, file } });
  assert.ok(!resumed.bytes.equals(file));
});
