/** @module Every format that is shipped, interrupted 200 times. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineExport } from "../../src/export/define-export.ts";
import type { TableFormat } from "../../src/export/format.ts";
import { csv, gzipped, ndjson, parquet, pdf, xlsx, zip } from "../../src/export/index.ts";
import { AWKWARD_TEXTS, sampleRows, sampleTable } from "../../src/export/sample-rows.testing.ts";
import { checkResume } from "../../src/testing.ts";

const RUNS = 200;
const ROWS = 1_500;
const BATCH = 12;

const saveDistance = { least: 4_000, most: 10_000 };
/** Blocks so small that a file of some hundred kilobytes has many. */
const FORMATS: Readonly<Record<string, TableFormat>> = {
  csv: csv(),
  ndjson: ndjson(),
  parquet: parquet({ rowGroupBytes: 2_000 }),
  xlsx: xlsx({ saveDistance }),
  pdf: pdf({ missing: "replace" }),
  "csv.gz": gzipped(csv(), { saveDistance }),
  zip: zip(["csv", parquet({ rowGroupBytes: 2_000 }), "ndjson"], { saveDistance }),
};

/** Without integers, as samples have some that Parquet can't hold. */
const columns = sampleTable().columns.filter(({ type }) => type !== "integer");
const texts = AWKWARD_TEXTS.filter((text) => text.length < 1_000);
const samples = sampleRows(sampleTable({ columns }), ROWS, { texts });
const rows = samples.map((row) => Object.fromEntries(row.map((cell, at) => [columns[at]!.key, cell])));

describe("an interrupted export is the same file", () => {
  for (const [name, format] of Object.entries(FORMATS)) {
    it(name, async () => {
      const generators = defineExport({
        kind: "samples",
        title: "Samples",
        columns: columns.map(({ key, title, type }) => ({ key, title, type })),
        formats: [format],
        count: () => ROWS,
        *rows({ after = 0 }: { after: number | undefined }) {
          for (let start = after; start < ROWS; start += BATCH) {
            yield { rows: rows.slice(start, start + BATCH), cursor: start + BATCH };
          }
        },
      });
      const [generator] = Object.values(generators);
      const report = await checkResume(generator!, { runs: RUNS });
      assert.equal(report.interruptions, RUNS);
      assert.ok(report.checkpoints >= 20, `${report.checkpoints} checkpoints`);
      assert.ok(report.largestStateBytes <= 128 * 1024 + 16 * 1024, `${report.largestStateBytes} bytes`);
    });
  }
});
