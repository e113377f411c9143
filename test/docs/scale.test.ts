import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { engineResults, enginesSection } from "../../bench/engines.ts";
import { historyResults, historySection } from "../../bench/history-page.ts";
import { publishedResults, scalePage } from "../../bench/scale/write.ts";

const docs = new URL("../../docs/", import.meta.url);

it("the scale page is its template filled with the measured numbers, as plain text", async () => {
  const results = await publishedResults();
  const page = await readFile(new URL("scale.md", docs), "utf8");
  assert.equal(page, await scalePage(results), "node bench/scale/write.ts writes it again");
  assert.doesNotMatch(page, /<!--|\{\{/);
});

it("the figures of a long history are those measured", async () => {
  const results = await historyResults();
  const page = await readFile(new URL("figures.md", docs), "utf8");
  const section = /^## Finished downloads\n.*?\n(?=## )/ms.exec(page)?.[0] ?? "";
  const isMeasured = Object.keys(results).length > 0;
  assert.equal(section, isMeasured ? `${historySection(results)}\n` : "");
});

it("the figures of the engines are those measured", async () => {
  const results = await engineResults();
  const page = await readFile(new URL("figures.md", docs), "utf8");
  const section = /^## The engines\n.*?\n(?=## )/ms.exec(page)?.[0] ?? "";
  assert.equal(section, results.measuredAt === null ? "" : `${enginesSection(results)}\n`);
});
