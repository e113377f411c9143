import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadRegistry } from "../../src/generator/registry.ts";
import { checkResume } from "../../src/testing.ts";

const RUNS = 200;
/** What kinds need, or what makes their files smaller. */
const PARAMS: Readonly<Record<string, object>> = { "orders.csv": { year: 2025 }, fake: {} };
/** It begins again, which takes no time; test/export/resume.test.ts has Parquet with many groups. */
const SMALLER_THAN_A_GROUP = "cities.parquet";
const OF_A_COUNTRY = { country: "CH" };

process.env.CITIES_ROWS_PER_SECOND = "0";
const kinds = await Promise.all(
  ["cities", "orders"].map(async (example) => {
    const url = new URL(`../../examples/${example}/generators.ts`, import.meta.url);
    return (await loadRegistry(url)).all();
  }),
);

describe("an interrupted file of the examples is the same", () => {
  for (const generator of kinds.flat()) {
    it(generator.kind, async () => {
      const params = PARAMS[generator.kind] ?? OF_A_COUNTRY;
      if (generator.kind === SMALLER_THAN_A_GROUP) {
        await assert.rejects(checkResume(generator, { params, runs: 1 }), { problem: "no-checkpoint" });
        return;
      }
      const { interruptions } = await checkResume(generator, { params, runs: RUNS });
      assert.equal(interruptions, RUNS);
    });
  }
});
