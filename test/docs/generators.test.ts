import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../src/errors.ts";
import { generationFailed } from "../../src/generator/generation.ts";
import { defineGenerator, type Generation } from "../../src/generator/generator.ts";
import { LARGEST_PARAMS_BYTES, LARGEST_STATE_BYTES } from "../../src/generator/limits.ts";
import { rowsOf, textOf, valueIn } from "./page.ts";

const page = textOf("docs/reference/generators.md");
/** Every option with its default. */
const generator = defineGenerator({
  kind: "report",
  file: { name: "report.csv", type: "text/csv" },
  run() {},
});
/** The required ones. */
const REQUIRED = ["kind", "file", "run"];
/** The compiler complains when one is missing. */
const MEMBERS: Record<keyof Generation, true> = {
  params: true,
  resume: true,
  requestedAt: true,
  write: true,
  progress: true,
  checkpoint: true,
  signal: true,
  sleep: true,
};

describe("the page of generators", () => {
  it("has each option with its default, and no other", () => {
    const rows = rowsOf(page, "option");
    assert.deepEqual(rows.flatMap(({ names }) => names).toSorted(), Object.keys(generator).toSorted());
    for (const { names, cells } of rows) {
      const [name] = names as [keyof typeof generator];
      const isRequired = REQUIRED.includes(name);
      assert.equal(valueIn(cells.default ?? ""), isRequired ? undefined : generator[name], name);
    }
  });

  it("has each member of a generation", () => {
    const members = rowsOf(page, "member").map(({ names: [name = ""] }) => name.replace(/\(.*/, ""));
    assert.deepEqual(members.toSorted(), Object.keys(MEMBERS).toSorted());
  });

  it("says how thrown errors are handled", () => {
    const thrown: Readonly<Record<string, Error>> = {
      "new UserError(message)": new UserError("no orders"),
      "new UserError(message, { retriable: true })": new UserError("no orders", { retriable: true }),
      "expose: true": Object.assign(new Error("no orders"), { expose: true }),
      "any other error": new Error("no orders"),
    };
    const rows = rowsOf(page, "thrown");
    assert.equal(rows.length, Object.keys(thrown).length);
    for (const {
      names: [code = ""],
      cells,
    } of rows) {
      const error = thrown[code] ?? thrown[cells.thrown ?? ""];
      assert.ok(error, cells.thrown);
      const { expose, retriable } = generationFailed(error);
      assert.equal(/message$/.test(cells["its user reads"] ?? ""), expose, cells.thrown);
      assert.equal(cells["tried again"] !== "no", retriable, cells.thrown);
    }
  });

  it("gives the actual limits", () => {
    const limits = new Map(rowsOf(page, "what").map(({ cells }) => [cells.what, valueIn(cells.limit ?? "")]));
    assert.equal(limits.get("the state of a checkpoint"), LARGEST_STATE_BYTES);
    assert.equal(limits.get("parameters"), LARGEST_PARAMS_BYTES);
  });
});
