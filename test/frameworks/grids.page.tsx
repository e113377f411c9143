/** @module AG Grid and MUI X Data Grid in a page, driven by grids.test.ts: what they show, and what the adapters say. */

import {
  DataGrid,
  type GridColDef,
  type GridFilterModel,
  type GridSortModel,
  gridColumnVisibilityModelSelector,
  gridFilteredSortedRowIdsSelector,
  gridFilterModelSelector,
  useGridApiRef,
} from "@mui/x-data-grid";
import { AllCommunityModule, type ColDef, createGrid, type GridApi, ModuleRegistry } from "ag-grid-community";
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { agGridParams } from "../../src/grids/ag-grid.ts";
import { muiGridParams } from "../../src/grids/mui-data-grid.ts";
import type { SampleRow } from "../../src/grids/sample-grid.testing.ts";

export interface AgCase {
  rows: SampleRow[];
  filterModel: Record<string, unknown>;
  quickFilter: string;
  sort: { colId: string; sort: "asc" | "desc" } | null;
}

export interface MuiCase {
  rows: SampleRow[];
  filterModel: GridFilterModel;
  sortModel: GridSortModel;
}

/** The ids that the grid shows, in its order, and the parameters as they would be sent. */
export interface Shown {
  ids: number[];
  params: unknown;
}

ModuleRegistry.registerModules([AllCommunityModule]);

const AG_COLUMNS: ColDef<SampleRow>[] = [
  { field: "name", filter: "agTextColumnFilter" },
  { field: "note", filter: "agTextColumnFilter", filterParams: { caseSensitive: true } },
  { field: "amount", filter: "agNumberColumnFilter", filterParams: { inRangeInclusive: true } },
  { field: "day", filter: "agDateColumnFilter", cellDataType: "dateString" },
  {
    colId: "at",
    filter: "agDateColumnFilter",
    valueGetter: ({ data }) => (data?.at ? new Date(data.at) : null),
    getQuickFilterText: () => "",
  },
];

function agGrid(cases: readonly AgCase[]): Shown[] {
  const place = document.createElement("div");
  document.body.append(place);
  const api: GridApi<SampleRow> = createGrid(place, {
    columnDefs: AG_COLUMNS,
    rowData: [],
    getRowId: ({ data }) => String(data.id),
  });
  const shown = cases.map(({ rows, filterModel, quickFilter, sort }) => {
    api.setGridOption("rowData", rows);
    api.setGridOption("quickFilterText", quickFilter);
    api.applyColumnState({ state: sort ? [sort] : [], defaultState: { sort: null } });
    api.setFilterModel(filterModel);
    const ids: number[] = [];
    api.forEachNodeAfterFilterAndSort(({ data }) => data && ids.push(data.id));
    const params = agGridParams(
      {
        columnState: api.getColumnState(),
        filterModel: api.getFilterModel(),
        quickFilter: api.getGridOption("quickFilterText"),
      },
      {
        filterParams: { note: { caseSensitive: true }, amount: { inRangeInclusive: true } },
        instants: ["at"],
        searched: ["name", "note", "amount"],
      },
    );
    return { ids, params };
  });
  api.destroy();
  return shown;
}

const MUI_COLUMNS: GridColDef<SampleRow>[] = [
  { field: "name" },
  { field: "note", type: "singleSelect", valueOptions: ["Ann", "été", "50%"] },
  // Without grouping of digits, which a search would find.
  { field: "amount", type: "number", valueFormatter: (value: number | null) => value },
  { field: "active", type: "boolean" },
  {
    field: "day",
    type: "date",
    valueGetter: (day: string | null) => (day === null ? null : new Date(`${day}T00:00`)),
    getApplyQuickFilterFn: () => null,
  },
  {
    field: "at",
    type: "dateTime",
    valueGetter: (at: string | null) => (at === null ? null : new Date(at)),
    getApplyQuickFilterFn: () => null,
  },
];

let grid: ReturnType<typeof useGridApiRef> | undefined;

function MuiGrid({ rows }: { rows: SampleRow[] }) {
  grid = useGridApiRef();
  return createElement(DataGrid<SampleRow>, { apiRef: grid, rows, columns: MUI_COLUMNS });
}

async function mui(cases: readonly MuiCase[]): Promise<Shown[]> {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  const place = document.createElement("div");
  place.style.height = "200px";
  document.body.append(place);
  const root = createRoot(place);
  const shown: Shown[] = [];
  for (const { rows, filterModel, sortModel } of cases) {
    await act(async () => root.render(createElement(MuiGrid, { rows })));
    await act(async () => {
      grid?.current?.setFilterModel(filterModel);
      grid?.current?.setSortModel(sortModel);
    });
    const api = grid?.current;
    if (!grid || !api) throw new Error("the grid was not rendered");
    shown.push({
      ids: gridFilteredSortedRowIdsSelector(grid).map(Number),
      params: muiGridParams({
        columns: api.getAllColumns(),
        filterModel: gridFilterModelSelector(grid),
        sortModel: api.getSortModel(),
        columnVisibilityModel: gridColumnVisibilityModelSelector(grid),
      }),
    });
  }
  await act(async () => root.unmount());
  return shown;
}

Object.assign(globalThis, { grids: { agGrid, mui } });
