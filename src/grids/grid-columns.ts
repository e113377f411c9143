/** @module The columns that a grid's filters may name: the server's list. */

import { valueName } from "../text/value-name.ts";

const TYPES = ["text", "number", "boolean", "date", "datetime"] as const;

/** `date`: a calendar day, `datetime`: an instant. */
export type GridColumnType = (typeof TYPES)[number];

export interface GridColumnOptions {
  type: GridColumnType;
  /** For `gridSql`: the expression in the database. Default: the column of this name. */
  sql?: string | undefined;
  /** For `gridSql`: the expression for what the grid shows, where a search compares text. Default: the value as text. */
  text?: string | undefined;
  /** For `gridSql`: the value to bind, where the database keeps another form than the filter has. */
  bind?: ((value: string | number | boolean) => GridSqlValue) | undefined;
}

/** What is bound: all three databases' drivers take it. */
export type GridSqlValue = string | number | bigint | null;

/** By the grid's name of the column. Only these can be filtered and sorted by. */
export type GridColumns<Name extends string = string> = Readonly<
  Record<Name, GridColumnType | GridColumnOptions>
>;

/** Throws a `TypeError` for a declaration that is not one. */
export function checkedGridColumns(columns: GridColumns): ReadonlyMap<string, GridColumnOptions> {
  const checked = new Map<string, GridColumnOptions>();
  for (const [name, given] of Object.entries(columns ?? {})) {
    const column = typeof given === "string" ? { type: given } : given;
    if (!TYPES.includes(column?.type)) {
      throw new TypeError(
        `grid column "${name}": type must be one of ${TYPES.join(", ")}, not ${valueName(column?.type)}`,
      );
    }
    checked.set(name, column);
  }
  if (checked.size === 0) throw new TypeError("a grid must have at least one column");
  return checked;
}

/** Throws a `TypeError` for a name that is not listed. */
export function columnOf(known: ReadonlyMap<string, GridColumnOptions>, name: string): GridColumnOptions {
  const column = known.get(name);
  if (!column) throw new TypeError(`unknown column "${name}" (available: ${[...known.keys()].join(", ")})`);
  return column;
}
