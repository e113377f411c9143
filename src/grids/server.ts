/** @module `carryout/grids/server`: checks what a grid sent, and applies it to SQL or to rows in memory. */

export type { GridCondition, GridFilter, GridSort, GridValue } from "./filter.ts";
export type { GridColumnOptions, GridColumns, GridColumnType, GridSqlValue } from "./grid-columns.ts";
export { gridParams } from "./grid-params.ts";
export { type CellOf, gridOrder, gridPredicate } from "./grid-predicate.ts";
export { type GridSql, type GridSqlOptions, type GridWhere, gridSql } from "./grid-sql.ts";
export type { GridDialectName } from "./sql-dialects.ts";
