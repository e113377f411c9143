import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import type { GridFilter } from "./filter.ts";
import { gridParams, MOST_CONDITIONS } from "./grid-params.ts";
import { COLUMNS, filters } from "./sample-grid.testing.ts";

const schema = gridParams(COLUMNS);

/** `path: message` of each issue. */
function issuesOf(filters: unknown): string[] {
  const { error } = schema.safeParse({ filters });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("gridParams", () => {
  it("accepts every filter of the normal form unchanged", () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const plain = JSON.parse(JSON.stringify(filter));
        assert.deepEqual(schema.parse({ filters: plain }).filters, plain);
      }),
    );
  });

  it("refuses unknown columns, operators and members, each with its path", () => {
    const inside = (filter: unknown) => issuesOf({ op: "and", filters: [{ op: "not", filter }] });
    assert.match(
      inside({ op: "null", column: "secret" }).join(),
      /^filters\.filters\.0\.filter\.column: .*"name"/,
    );
    assert.match(inside({ op: "like", column: "name", value: "%" }).join(), /filter\.op: .*'contains'/);
    assert.match(inside({ op: "null", column: "name", sql: "1" }).join(), /Unrecognized key: "sql"/);
    assert.match(inside({ op: "null", column: "__proto__" }).join(), /filter\.column/);
  });

  it("refuses what does not fit the column's type", () => {
    assert.deepEqual(issuesOf({ op: "contains", column: "day", value: "2026" }), [
      "filters: contains is for text, not for a date",
    ]);
    assert.deepEqual(issuesOf({ op: "less", column: "name", value: "a" }), [
      "filters: less is for numbers and dates, not for a text",
    ]);
    assert.deepEqual(issuesOf({ op: "equals", column: "amount", value: "1 OR 1" }), [
      'filters: must be a number, not "1 OR 1"',
    ]);
    assert.deepEqual(issuesOf({ op: "in", column: "day", values: ["2026-11-26", "2026-13-01"] }), [
      'filters: must be a day as YYYY-MM-DD, not "2026-13-01"',
    ]);
    assert.deepEqual(issuesOf({ op: "greater", column: "at", value: "yesterday" }), [
      'filters: must be an instant such as 2026-11-26T08:00:00.000Z, not "yesterday"',
    ]);
    assert.deepEqual(issuesOf({ op: "equals", column: "active", value: "true" }), [
      'filters: must be true or false, not "true"',
    ]);
  });

  it("bounds the number of conditions at any depth, and of values", () => {
    const one: GridFilter = { op: "null", column: "name" };
    const some = (count: number): GridFilter => ({
      op: "or",
      filters: Array.from({ length: count }, () => one),
    });
    assert.deepEqual(issuesOf({ op: "and", filters: [some(200), { op: "not", filter: some(50) }] }), []);
    assert.deepEqual(issuesOf({ op: "and", filters: [some(200), { op: "not", filter: some(51) }] }), [
      `filters: has 251 conditions, more than ${MOST_CONDITIONS}`,
    ]);
    assert.equal(issuesOf({ op: "in", column: "name", values: Array(1_001).fill("a") }).length, 1);
    assert.equal(issuesOf({ op: "contains", column: "name", value: "a".repeat(1_001) }).length, 1);
  });

  it("refuses a sort that names a column twice or one that is not listed", () => {
    const sort = (given: unknown) => schema.safeParse({ sort: given }).success;
    assert.ok(sort([{ column: "name" }, { column: "amount", descending: true }]));
    assert.ok(!sort([{ column: "name" }, { column: "name", descending: true }]));
    assert.ok(!sort([{ column: "secret" }]));
  });

  it("can be extended, and has a JSON Schema", () => {
    const own = schema.extend({ year: z.number() });
    assert.deepEqual(own.parse({ year: 2026 }), { year: 2026 });
    const json = z.toJSONSchema(own, { io: "input" });
    assert.deepEqual(Object.keys(json.properties ?? {}).sort(), ["filters", "sort", "year"]);
    assert.deepEqual(json.required, ["year"]);
  });
});
