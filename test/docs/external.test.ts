import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CommandOptions } from "../../src/external/command-generator.ts";
import { EXTERNAL_ERROR_CODES } from "../../src/external/external-error.ts";
import type { GeneratorOptions } from "../../src/generator/generator.ts";
import { rowsOf, textOf } from "./page.ts";

const page = textOf("docs/external.md");
type Own<Options> = Exclude<keyof Options, keyof GeneratorOptions<unknown>>;

/** The compiler knows when one is missing. */
const COMMAND_OPTIONS: Record<Own<CommandOptions<undefined>>, true> = {
  command: true,
  env: true,
  cwd: true,
  maxBytes: true,
  allowEmpty: true,
  endsWith: true,
  optionsFromParams: true,
  explain: true,
};

describe("the page of programs and services", () => {
  it("has each option of a command", () => {
    const names = rowsOf(page, "option of `commandGenerator`").flatMap(({ names }) => names[0] ?? []);
    assert.deepEqual(names.toSorted(), Object.keys(COMMAND_OPTIONS).toSorted());
  });

  it("has each code of the log", () => {
    const names = rowsOf(page, "code in the log").flatMap(({ names }) => names[0] ?? []);
    assert.deepEqual([...new Set(names)].toSorted(), [...EXTERNAL_ERROR_CODES].toSorted());
  });
});
