import assert from "node:assert/strict";
import { it } from "node:test";
import { reports } from "../../examples/exports/zip-files.ts";
import { stock } from "../../examples/exports/zip-formats.ts";
import { checkResume } from "../../src/generator/check-resume.ts";

it("a ZIP of any files resumes between its files and within them", async () => {
  const { file, checkpoints, resumedAt } = await checkResume(reports, { runs: 60 });
  assert.deepEqual(file, { name: "reports.zip", type: "application/zip" });
  assert.ok(checkpoints > 15, `${checkpoints} checkpoints`);
  assert.ok(resumedAt > 10, `resumed at ${resumedAt} of them`);
});

it("a ZIP of one table in two formats resumes in each of them", async () => {
  const { file, checkpoints } = await checkResume(stock.zip, {
    requestedAt: new Date("2026-11-25T09:30:00Z"),
  });
  assert.deepEqual(file, { name: "stock-2026-11-25.zip", type: "application/zip" });
  assert.ok(checkpoints >= 2, `${checkpoints} checkpoints`);
});
