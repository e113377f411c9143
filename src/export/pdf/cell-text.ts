/** @module Cell values as text: numbers, times and yes/no in the table's locale and time zone. */

import type { Cell } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Table } from "../format.ts";
import { wordsOf } from "./words.ts";

/** The text of a cell that is not null. */
export type CellText = (cell: Exclude<Cell, null>) => string;

const MOST_CACHED = 5_000;

/** One for each column. */
export function cellTexts(table: Table): CellText[] {
  return table.columns.map((column) => cellText(table, column));
}

function cellText(table: Table, column: Column): CellText {
  const { locale, timeZone } = table;
  const { yes, no } = wordsOf(locale);
  switch (column.type) {
    case "text":
      return String;
    case "link":
      return (cell) => (typeof cell === "object" && "text" in cell ? cell.text : String(cell));
    case "boolean":
      return (cell) => (cell === true ? yes : no);
    case "integer":
      return integers(locale, column.grouping);
    case "number":
      return numbers(locale, column);
    case "date":
      return dates(locale);
    case "datetime": {
      const format = new Intl.DateTimeFormat(locale, {
        ...DAY,
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        timeZone,
      });
      return (cell) => format.format(cell as Date);
    }
  }
}

const DAY = { year: "numeric", month: "2-digit", day: "2-digit" } as const;

function integers(locale: string, grouping: boolean): CellText {
  const format = new Intl.NumberFormat(locale, { useGrouping: grouping, maximumFractionDigits: 0 });
  // Most are small. Four digits may be printed as they are only if the locale's digits and grouping allow it.
  const isPlain = format.format(1234) === "1234";
  return (cell) =>
    isPlain && typeof cell === "number" && cell >= 0 && cell < 10_000
      ? String(cell)
      : format.format(cell as number);
}

function numbers(locale: string, { decimals, grouping }: Column): CellText {
  const digits =
    decimals === undefined
      ? { maximumFractionDigits: 20 }
      : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = new Intl.NumberFormat(locale, { ...digits, useGrouping: grouping });
  return (cell) => format.format(cell as number);
}

function dates(locale: string): CellText {
  const format = new Intl.DateTimeFormat(locale, { ...DAY, timeZone: "UTC" });
  const cache = new Map<string, string>();
  return (cell) => {
    const day = String(cell);
    const known = cache.get(day);
    if (known !== undefined) return known;
    if (cache.size >= MOST_CACHED) cache.clear();
    const text = format.format(new Date(`${day}T00:00:00Z`));
    cache.set(day, text);
    return text;
  };
}
