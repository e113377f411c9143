/** @module `carryout/grids`: what a grid shows, as parameters of an export. For the browser; it needs no library. */

export {
  type AgGridColumnState,
  type AgGridFilterParams,
  type AgGridOptions,
  type AgGridState,
  agGridParams,
} from "./ag-grid.ts";
export type { GridCondition, GridFilter, GridParams, GridSort, GridValue } from "./filter.ts";
export {
  type MuiFilterModel,
  type MuiGridColumn,
  type MuiGridOptions,
  type MuiGridState,
  muiGridParams,
} from "./mui-data-grid.ts";
export {
  type TanstackColumn,
  type TanstackTableOptions,
  type TanstackTableState,
  tanstackTableParams,
} from "./tanstack-table.ts";
export { UntranslatableError } from "./untranslatable.ts";
