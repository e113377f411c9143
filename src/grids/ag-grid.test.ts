import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agGridParams } from "./ag-grid.ts";

const filterOf = (model: unknown, options: Parameters<typeof agGridParams>[1] = {}) =>
  agGridParams({ columnState: [], filterModel: { a: model } }, options).filters;

/** What the grid's free edition shows is compared in test/frameworks. */
describe("agGridParams", () => {
  it("names the columns from left to right: pinned ones outside, without hidden ones and the grid's own", () => {
    const columnState = [
      { colId: "ag-Grid-SelectionColumn" },
      { colId: "right", pinned: "right" as const },
      { colId: "a" },
      { colId: "hidden", hide: true },
      { colId: "left", pinned: true },
    ];
    assert.deepEqual(agGridParams({ columnState }), { columns: ["left", "a", "right"] });
  });

  it("sorts by the request's model, else in the order of the sort indexes", () => {
    const columnState = [
      { colId: "a", sort: "desc" as const, sortIndex: 1 },
      { colId: "b", sort: "asc" as const, sortIndex: 0 },
    ];
    const [b, a] = [{ column: "b" }, { column: "a", descending: true }];
    assert.deepEqual(agGridParams({ columnState }).sort, [b, a]);
    assert.deepEqual(agGridParams({ columnState, sortModel: [{ colId: "a", sort: "desc" }] }).sort, [a]);
  });

  it("translates set filters, whose null is a missing value, and multi filters", () => {
    const set = { filterType: "set", values: ["x", null] };
    const some = {
      op: "or",
      filters: [
        { op: "in", column: "a", values: ["x"] },
        { op: "null", column: "a" },
      ],
    };
    const contains = { op: "contains", column: "a", value: "y" };
    assert.deepEqual(filterOf(set), some);
    assert.deepEqual(
      filterOf({
        filterType: "multi",
        filterModels: [null, { filterType: "text", type: "contains", filter: "y" }, set],
      }),
      { op: "and", filters: [contains, some] },
    );
  });

  it("lets rows without a value pass where the column's parameters say so", () => {
    const less = { filterType: "number", type: "lessThan", filter: 5 };
    const condition = { op: "less", column: "a", value: 5 };
    assert.deepEqual(filterOf(less), condition);
    assert.deepEqual(filterOf(less, { filterParams: { a: { includeBlanksInLessThan: true } } }), {
      op: "or",
      filters: [condition, { op: "null", column: "a" }],
    });
  });

  it("refuses relative dates and custom options, unless the application translates them", () => {
    const relative = { filterType: "date", type: "last7Days" };
    assert.throws(
      () => filterOf(relative),
      /AG Grid: the filter of column "a" is date last7Days, which has no translation \(available: contains, /,
    );
    assert.throws(() => filterOf({ filterType: "text", type: "evenNumbers" }), {
      name: "UntranslatableError",
      column: "a",
    });
    const week = { op: "greaterOrEqual", column: "a", value: "2026-11-19" } as const;
    assert.deepEqual(filterOf(relative, { translate: () => week }), week);
  });
});
