import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as table from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
import fc from "fast-check";
import { gridOrder, gridPredicate } from "./grid-predicate.ts";
import { COLUMNS, day, instant, number, rows, type SampleRow, text } from "./sample-grid.testing.ts";
import { type TanstackColumn, type TanstackTableState, tanstackTableParams } from "./tanstack-table.ts";

const filterFns = {
  includesString: table.filterFn_includesString,
  includesStringSensitive: table.filterFn_includesStringSensitive,
  equalsString: table.filterFn_equalsString,
  equalsStringSensitive: table.filterFn_equalsStringSensitive,
  startsWith: table.filterFn_startsWith,
  endsWith: table.filterFn_endsWith,
  equals: table.filterFn_equals,
  weakEquals: table.filterFn_weakEquals,
  empty: table.filterFn_empty,
  notEmpty: table.filterFn_notEmpty,
  arrHas: table.filterFn_arrHas,
  inNumberRange: table.filterFn_inNumberRange,
  inDateRange: table.filterFn_inDateRange,
};

const features = table.tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnFilteringFeature: table.columnFilteringFeature,
  globalFilteringFeature: table.globalFilteringFeature,
  rowSortingFeature: table.rowSortingFeature,
  filteredRowModel: table.createFilteredRowModel(),
  sortedRowModel: table.createSortedRowModel(),
  filterFns,
  sortFns: { basic: table.sortFn_basic },
});

interface Filtering {
  columns: (TanstackColumn & { filterFn: keyof typeof filterFns })[];
  state: TanstackTableState;
}

/** Ids of the rows that the real table shows, in its order. */
function shownBy(data: SampleRow[], { columns, state }: Filtering): number[] {
  const { columnFilters = [], sorting = [], globalFilter } = state;
  const instance = table.constructTable({
    features,
    data,
    columns: columns.map(({ id, filterFn, searched = true }) => ({
      id,
      accessorFn: (row: SampleRow) => row[id as keyof SampleRow],
      filterFn,
      sortFn: "basic",
      enableGlobalFilter: searched,
    })),
    initialState: { columnFilters: [...columnFilters], sorting: [...sorting], globalFilter },
  } as never) as unknown as { getSortedRowModel(): { rows: { original: SampleRow }[] } };
  return instance.getSortedRowModel().rows.map(({ original }) => original.id);
}

const texts = ["includesString", "includesStringSensitive", "equalsString", "equalsStringSensitive"] as const;
const filterOf = <Value>(
  id: keyof typeof COLUMNS,
  names: readonly (keyof typeof filterFns)[],
  value: fc.Arbitrary<Value>,
) =>
  fc.record({
    column: fc.record({
      id: fc.constant(id),
      type: fc.constant(COLUMNS[id]),
      filterFn: fc.constantFrom(...names),
    }),
    value: value as fc.Arbitrary<unknown>,
  });
const ends = <Value>(value: fc.Arbitrary<Value>) =>
  fc.tuple(fc.option(value), fc.option(value)) as fc.Arbitrary<unknown>;

const oneFilter = fc.oneof(
  filterOf("name", [...texts, "startsWith", "endsWith", "equals", "weakEquals"], text),
  filterOf("note", ["empty", "notEmpty"], fc.boolean()),
  filterOf("note", ["arrHas"], fc.array(text, { maxLength: 3 })),
  filterOf("amount", ["inNumberRange"], ends(number)),
  filterOf("amount", ["equals"], number),
  filterOf("amount", ["weakEquals"], number.map(String)),
  filterOf("amount", ["includesString"], fc.constantFrom("5", "50", "-", ".5")),
  filterOf("active", ["equals"], fc.boolean()),
  filterOf("day", ["inDateRange"], ends(day)),
  filterOf("at", ["inDateRange"], ends(instant)),
  filterOf("at", ["inDateRange"], ends(instant.map((time) => new Date(time)))),
);

const filtering: fc.Arbitrary<Filtering> = fc
  .uniqueArray(oneFilter, { maxLength: 3, selector: ({ column }) => column.id })
  .map((given) => ({
    columns: given.map(({ column }) => column),
    state: {
      columnFilters: given
        // The table does not keep such filters in its state.
        .filter(({ column, value }) => !filterFns[column.filterFn].autoRemove?.(value as never))
        .map(({ column, value }) => ({ id: column.id, value })),
    },
  }));

describe("tanstackTableParams", () => {
  it("exports the rows that the table shows", () => {
    fc.assert(
      fc.property(rows, filtering, (data, given) => {
        const { filters } = tanstackTableParams(given.state, given.columns);
        const passes = gridPredicate<SampleRow>(COLUMNS, filters);
        assert.deepEqual(
          data.filter(passes).map(({ id }) => id),
          shownBy(data, given),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("exports the rows that the global filter finds, in hidden columns too", () => {
    const columns: Filtering["columns"] = [
      { id: "name", filterFn: "includesString" },
      { id: "note", filterFn: "includesString", searched: false },
      { id: "amount", type: "number", filterFn: "inNumberRange" },
    ];
    fc.assert(
      fc.property(rows, text, (data, globalFilter) => {
        const state = { globalFilter, columnVisibility: { name: false } };
        const { filters } = tanstackTableParams(state, columns);
        const passes = gridPredicate<SampleRow>(COLUMNS, filters);
        assert.deepEqual(
          data.filter(passes).map(({ id }) => id),
          shownBy(data, { columns, state }),
        );
      }),
    );
  });

  it("exports in the table's order", () => {
    const columns: Filtering["columns"] = [
      { id: "day", type: "date", filterFn: "inDateRange" },
      { id: "name", filterFn: "includesString" },
    ];
    const sorting = fc.uniqueArray(fc.record({ id: fc.constantFrom("day", "name"), desc: fc.boolean() }), {
      maxLength: 2,
      selector: ({ id }) => id,
    });
    const present = rows.map((all) =>
      all.map((row) => ({ ...row, name: row.name ?? "", day: row.day ?? "" })),
    );
    fc.assert(
      fc.property(present, sorting, (data, given) => {
        const state = { sorting: given };
        const { sort } = tanstackTableParams(state, columns);
        const order = gridOrder<SampleRow>(COLUMNS, sort);
        assert.deepEqual(
          [...data].sort(order).map(({ id }) => id),
          shownBy(data, { columns, state }),
        );
      }),
    );
  });

  it("names the visible columns in their order", () => {
    const columns = [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }];
    const state = { columnVisibility: { b: false, c: true }, columnOrder: ["d", "select", "a"] };
    assert.deepEqual(tanstackTableParams(state, columns), { columns: ["d", "a", "c"] });
  });

  it("refuses filter functions that it does not know, unless the application translates them", () => {
    const columns = [{ id: "name", filterFn: "fuzzy" }];
    const state = { columnFilters: [{ id: "name", value: "ann" }] };
    assert.throws(
      () => tanstackTableParams(state, columns),
      /TanStack Table: the filter of column "name" is fuzzy, which has no translation \(available: includesString, /,
    );
    const translate = (column: string, value: unknown) =>
      ({ op: "contains", column, value: String(value) }) as const;
    assert.deepEqual(tanstackTableParams(state, columns, { translate }).filters, {
      op: "contains",
      column: "name",
      value: "ann",
    });
  });
});
