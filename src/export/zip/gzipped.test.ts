import assert from "node:assert/strict";
import { it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { lines } from "../lines-format.testing.ts";
import { sampleBatches, sampleRows, sampleTable } from "../sample-rows.testing.ts";
import { writerContract } from "../writer-contract.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import { gzipped } from "./gzipped.ts";

const saveDistance = { least: 4_000, most: 30_000 };

writerContract("gzip", {
  format: gzipped(lines({ passes: 2 }), { saveDistance }),
  rows: 1_000,
  async verify(bytes, rows, table) {
    const { bytes: plain } = await runWriter(lines({ passes: 2 }), table, [rows]);
    assert.ok(gunzipSync(bytes).equals(plain));
  },
});

it("names the file with both extensions", () => {
  const { name, extension, type } = gzipped(lines());
  assert.deepEqual([name, extension, type], ["lines.gz", "txt.gz", "application/gzip"]);
});

it("saves only as often as compression allows", async () => {
  const table = sampleTable();
  const batches = sampleBatches(sampleRows(table, 20_000), 200);
  const plain = await runWriter(lines(), table, batches);
  const { bytes, saves } = await runWriter(gzipped(lines()), table, batches);
  assert.ok(saves.length >= 8 && saves.length < 30, `${saves.length} saves`);
  const whole = gzipSync(plain.bytes);
  assert.ok(bytes.length < 1.03 * whole.length, `${bytes.length} bytes, not ${whole.length}`);
});
