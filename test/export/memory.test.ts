import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CONTENDERS } from "../../bench/export/contenders.ts";
import { measured } from "../../bench/export.ts";

const ROWS = 100_000;
const MOST_BYTES = 128 * 1024 * 1024;

describe(`an export of ${ROWS} rows keeps at most 128 MiB resident beyond its idle process`, {
  skip: process.platform !== "linux" && "reads /proc",
}, () => {
  for (const [format, { Carryout }] of Object.entries(CONTENDERS)) {
    if (Carryout === undefined) continue;
    it(format, async () => {
      const result = await measured(format, "Carryout", ROWS);
      assert.ok(typeof result !== "string", String(result));
      assert.ok(result.growthBytes < MOST_BYTES, `${result.growthBytes / 2 ** 20} MiB`);
    });
  }
});
