/**
 * @module Runs all tests on Node 24, unit tests first, in one run that ends with a summary. Arguments are files or
 * options for `node --test` instead of all tests: `node scripts/test.mjs test/cli/up.test.ts`.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runOnNode24 } from "./run.mjs";
import { top } from "./setup.mjs";

/** Most tests start processes: running more at a time would only make them wait for each other. */
const CONCURRENCY = 2;
/** Time limit per file: several times what the slowest one takes. */
const LONGEST_TEST_MS = 600_000;

function testsBelow(folder) {
  return readdirSync(join(top, folder), { recursive: true })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => join(folder, path))
    .sort();
}

const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
if (process.env.CI === "true")
  reporters.push(
    `--test-reporter=${join(top, "scripts", "no-skips.mjs")}`,
    "--test-reporter-destination=stdout",
  );

const given = process.argv.slice(2);
const folders = ["src", "examples", "test"];
const tests = given.length > 0 ? given : folders.flatMap(testsBelow);
process.exitCode = await runOnNode24([
  "--test",
  `--test-concurrency=${CONCURRENCY}`,
  // A hanging test is named instead of holding up the run.
  `--test-timeout=${LONGEST_TEST_MS}`,
  ...reporters,
  ...tests,
]);
