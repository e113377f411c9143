import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import type { Results } from "../../bench/scale/results.ts";
import { scalePage } from "../../bench/scale/write.ts";

const top = new URL("../../", import.meta.url);

it("the scale page is its template filled with the measured numbers, as plain text", async () => {
  const results: Results = JSON.parse(await readFile(new URL("bench/results/scale.json", top), "utf8"));
  const page = await readFile(new URL("docs/scale.md", top), "utf8");
  assert.equal(page, await scalePage(results), "node bench/scale/write.ts writes it again");
  assert.doesNotMatch(page, /<!--|\{\{/);
});
