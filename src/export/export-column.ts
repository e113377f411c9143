/** @module A column as declared in an export, and its conversion. */

import { valueName } from "../text/value-name.ts";
import type { Choosable } from "./choices.ts";
import { type Alignment, alignmentOf, COLUMN_TYPES, type Column, type ColumnType } from "./column.ts";

export interface ExportColumn<R> {
  /** 1 to 200 characters. The property of a row that it shows, unless `value` is given; its name in requests. */
  key: string;
  /** The column's heading. Default: the key. */
  title?: string;
  /** Default "text". For the values allowed for each type see `Cell` and the reference. */
  type?: ColumnType;
  /** Returns the value from a row. */
  value?: (row: R) => unknown;
  /** Digits after the decimal point shown in formats for people, 0 to 15. Numbers only. */
  decimals?: number;
  /**
   * Formats for people group digits, as in 12,345. Default true for numbers and false for integers, which are often order
   * numbers or years.
   */
  grouping?: boolean;
  /** In characters, 1 to 255. Default: chosen by the format. */
  width?: number;
  align?: Alignment;
  bold?: boolean;
  /** True when the user may omit it. */
  optional?: boolean;
  /** False when it is only in files of users who choose it. */
  selected?: boolean;
}

const NAMES: Record<keyof ExportColumn<unknown>, true> = {
  key: true,
  title: true,
  type: true,
  value: true,
  decimals: true,
  grouping: true,
  width: true,
  align: true,
  bold: true,
  optional: true,
  selected: true,
};
const ALIGNMENTS: readonly Alignment[] = ["left", "center", "right"];
const LONGEST_KEY = 200;

/** With every default filled in. Throws a `TypeError` that names the column. */
export function checkedColumns<R>(columns: readonly ExportColumn<R>[]): (Column & Choosable)[] {
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new TypeError(`columns must be a list of at least one column, not ${valueName(columns)}`);
  }
  const keys = new Set<string>();
  return columns.map((column: ExportColumn<R>) => {
    const checked = checkedColumn(column);
    if (keys.has(checked.key)) throw new TypeError(`two columns have the key "${checked.key}"`);
    keys.add(checked.key);
    return checked;
  });
}

function checkedColumn<R>(given: ExportColumn<R>): Column & Choosable {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`a column must be { key, title, type, … }, not ${valueName(given)}`);
  }
  const { key, title = key, type = "text", decimals, width, bold = false, optional = false } = given;
  if (typeof key !== "string" || key === "" || key.length > LONGEST_KEY || !key.isWellFormed()) {
    throw new TypeError(`a column's key must be 1 to ${LONGEST_KEY} characters, not ${valueName(key)}`);
  }
  const must = (name: string, what: string, value: unknown) =>
    new TypeError(
      `column ${key}: ${name} must be ${what}, not ${typeof value === "string" ? `"${value}"` : valueName(value)}`,
    );
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(NAMES, name)) {
      throw new TypeError(
        `column ${key}: unknown option "${name}" (available: ${Object.keys(NAMES).join(", ")})`,
      );
    }
  }
  if (typeof title !== "string") throw must("title", "text", title);
  if (!COLUMN_TYPES.includes(type)) throw must("type", `one of ${COLUMN_TYPES.join(", ")}`, type);
  if (given.value !== undefined && typeof given.value !== "function")
    throw must("value", "a function", given.value);
  if (decimals !== undefined && !isWhole(decimals, 0, 15))
    throw must("decimals", "a whole number from 0 to 15", decimals);
  if (width !== undefined && !(width >= 1 && width <= 255))
    throw must("width", "a number from 1 to 255", width);
  const { align = alignmentOf(type) } = given;
  if (!ALIGNMENTS.includes(align)) throw must("align", `one of ${ALIGNMENTS.join(", ")}`, align);
  const { selected = true, grouping = type === "number" } = given;
  if (typeof grouping !== "boolean") throw must("grouping", "true or false", grouping);
  if (!selected && !optional && given.optional !== undefined)
    throw must("selected", "true unless it is optional", selected);
  return {
    key,
    title: title.toWellFormed(),
    type,
    decimals,
    grouping,
    width,
    align,
    bold: Boolean(bold),
    // A column that is not selected by default can of course be omitted.
    optional: Boolean(optional) || !selected,
    selected: Boolean(selected),
  };
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
