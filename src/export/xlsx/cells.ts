/** @module Converts the values of a column to cells of a sheet. */

import type { Cell, Link } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Table } from "../format.ts";
import { localTimes } from "../local-time.ts";
import { serialOf, serialOfDay } from "./serials.ts";
import type { ColumnStyle } from "./styles.ts";
import { textElement } from "./xml.ts";

/** In UTF-16 units. */
const LONGEST_TEXT = 32_767;
/** Spreadsheets keep 15 digits, and round the rest. */
const LARGEST_INTEGER = 999_999_999_999_999;
/** Longest text within a formula, and the longest address of HYPERLINK. */
const LONGEST_LITERAL = 255;

/** The element of a value other than null, in this row of the sheet. */
export type CellWriter = (cell: Exclude<Cell, null>, row: number) => string;

type Warn = (warning: string) => void;

/** `letters` is the column in the sheet, such as "AB". `warn` is called with messages about the current value. */
export function cellWriter(
  column: Column,
  letters: string,
  style: ColumnStyle,
  { timeZone }: Table,
  warn: Warn,
): CellWriter {
  const start = `<c r="${letters}`;
  const asText = `" s="${style.text}" t="inlineStr"><is>`;
  const asNumber = `" s="${style.value}"><v>`;
  const text = (value: string, row: number) => `${start}${row}${asText}${textElement("t", value)}</is></c>`;
  const number = (value: number, row: number) => `${start}${row}${asNumber}${value}</v></c>`;

  switch (column.type) {
    case "text":
      return (cell, row) => text(cutText(cell as string, warn), row);
    case "number":
      return (cell, row) => number(cell as number, row);
    case "integer":
      return (cell, row) => {
        const integer = cell as number | bigint;
        if (integer <= LARGEST_INTEGER && integer >= -LARGEST_INTEGER) return number(Number(integer), row);
        warn(`${integer} is kept as text, since spreadsheets keep 15 digits of a number`);
        return text(String(integer), row);
      };
    case "boolean":
      return (cell, row) => `${start}${row}" s="${style.value}" t="b"><v>${cell ? 1 : 0}</v></c>`;
    case "date":
      return (cell, row) => {
        const serial = serialOfDay(cell as string);
        if (serial !== null) return number(serial, row);
        warn(`${cell} is kept as text, since spreadsheets have no dates before 1900-03-01`);
        return text(cell as string, row);
      };
    case "datetime": {
      const local = localTimes(timeZone);
      return (cell, row) => {
        const shown = local(cell as Date);
        const serial = serialOf(shown.getTime());
        // The local time may be a year ahead on the last evening of 9999.
        if (serial !== null && shown.getUTCFullYear() <= 9999) return number(serial, row);
        const written = (cell as Date).toISOString();
        warn(`${written} is kept as text, since spreadsheets have dates from 1900-03-01 to 9999-12-31 only`);
        return text(written, row);
      };
    }
    case "link":
      return (cell, row) => {
        const { text: shown, href } = cell as Link;
        if (shown.length <= LONGEST_LITERAL && href.length <= LONGEST_LITERAL) {
          const formula = `HYPERLINK(${literal(href)},${literal(shown)})`;
          return `${start}${row}" s="${style.value}" t="str">${textElement("f", formula)}${textElement("v", shown)}</c>`;
        }
        warn(`a link of more than ${LONGEST_LITERAL} characters is kept as text, its address in brackets`);
        return text(cutText(`${shown} (${href})`, warn), row);
      };
  }
}

/** Never splits a character. */
function cutText(text: string, warn: Warn): string {
  if (text.length <= LONGEST_TEXT) return text;
  warn(`text of ${text.length} characters is cut to ${LONGEST_TEXT}, the most that a cell can hold`);
  return text.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/, "");
}

/**
 * Text within a formula, which it can't end: quotes are doubled. Characters that XML can't hold become spaces, and text
 * that looks like their escapes is split, since programs differ in whether they decode those in a formula.
 */
function literal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
  const clean = text.replace(/[\u0000-\u001f\ufffe\uffff]/g, " ").replaceAll('"', '""');
  return `"${clean.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_"&"')}"`;
}
