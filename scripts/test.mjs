/**
 * @module Runs all tests on Node 24, the units first, in one run whose summary closes the output. Further words
 * are files or options of `node --test` in place of all tests: `node scripts/test.mjs test/cli/up.test.ts`.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runOnNode24 } from "./run.mjs";
import { top } from "./setup.mjs";

/** Most tests start processes: more at a time would only make them wait for each other. */
const CONCURRENCY = 2;
/** Of one file, several times what the slowest takes. */
const LONGEST_TEST_MS = 600_000;

function testsBelow(folder) {
  return readdirSync(join(top, folder), { recursive: true })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => join(folder, path))
    .sort();
}

const given = process.argv.slice(2);
const folders = ["src", "examples", "test"];
const tests = given.length > 0 ? given : folders.flatMap(testsBelow);
process.exitCode = await runOnNode24([
  "--test",
  `--test-concurrency=${CONCURRENCY}`,
  // What hangs is named instead of holding the run up.
  `--test-timeout=${LONGEST_TEST_MS}`,
  "--test-reporter=spec",
  ...tests,
]);
