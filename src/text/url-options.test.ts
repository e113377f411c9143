import assert from "node:assert/strict";
import { it } from "node:test";
import { readUrlOptions } from "./url-options.ts";

it("reads options, and reports each that is unknown or given twice", () => {
  const problems: string[] = [];
  const options = readUrlOptions("name=a%20b&nmae=c&x=1&size=1&size=2", ["name", "size"], (problem) =>
    problems.push(problem),
  );
  assert.equal(options.get("name"), "a b");
  assert.deepEqual(problems, [
    'unknown option "nmae"; did you mean name?',
    'unknown option "x"; available: name, size',
    "option size given twice",
  ]);
});
