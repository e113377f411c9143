import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MuiGridColumn, muiGridParams } from "./mui-data-grid.ts";

const filterOf = (
  column: Omit<MuiGridColumn, "field">,
  item: { operator: string; value?: unknown },
  options: Parameters<typeof muiGridParams>[1] = {},
) =>
  muiGridParams(
    { columns: [{ field: "a", ...column }], filterModel: { items: [{ field: "a", ...item }] } },
    options,
  ).filters;

/** What the grid shows is compared in test/frameworks. */
describe("muiGridParams", () => {
  it("names the visible columns that hold data", () => {
    const columns = [
      { field: "__check__" },
      { field: "a" },
      { field: "b" },
      { field: "buttons", type: "actions" },
    ];
    const params = muiGridParams({ columns, columnVisibilityModel: { b: false } });
    assert.deepEqual(params, { columns: ["a"] });
  });

  it("ignores items that say nothing yet", () => {
    assert.equal(filterOf({}, { operator: "contains", value: "" }), undefined);
    assert.equal(filterOf({ type: "number" }, { operator: "=", value: "x" }), undefined);
    assert.equal(filterOf({ type: "date" }, { operator: "is", value: "soon" }), undefined);
  });

  it("finds a choice by its label in the quick filter", () => {
    const columns = [
      {
        field: "a",
        type: "singleSelect",
        valueOptions: [
          { value: 1, label: "Open" },
          { value: 2, label: "Paid" },
        ],
      },
    ];
    const { filters } = muiGridParams({ columns, filterModel: { items: [], quickFilterValues: ["pai"] } });
    assert.match(JSON.stringify(filters), /"op":"in","column":"a","values":\[2\]/);
  });

  it("refuses operators that it does not know, unless the application translates them", () => {
    const near = { operator: "near", value: "Rome" };
    assert.throws(
      () => filterOf({}, near),
      /MUI X Data Grid: the filter of column "a" is string near, which has no translation \(available: contains, /,
    );
    assert.throws(() => filterOf({ type: "date" }, { operator: "lastWeek", value: 1 }), {
      name: "UntranslatableError",
      column: "a",
    });
    const equals = { op: "equals", column: "a", value: "Rome" } as const;
    assert.deepEqual(filterOf({}, near, { translate: () => equals }), equals);
  });
});
