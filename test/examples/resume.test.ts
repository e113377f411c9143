import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadRegistry } from "../../src/generator/registry.ts";
import { checkResume } from "../../src/testing.ts";

const RUNS = 200;
/** What kinds need, or what makes their files smaller. */
const PARAMS: Readonly<Record<string, object>> = { "orders.csv": { year: 2025 }, fake: {} };
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
      const { interruptions } = await checkResume(generator, { params, runs: RUNS });
      assert.equal(interruptions, RUNS);
    });
  }
});
