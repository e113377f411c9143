/** @module The checked values of a row of an export, as passed to every format. */

/** A link with its text. Only http, https and mailto: other schemes could run code in a reader. */
export interface Link {
  readonly text: string;
  readonly href: string;
}

/**
 * By the column's type:
 * - `text`: a string without lone surrogates; any other character is allowed, including NUL and line ends
 * - `number`: a finite number
 * - `integer`: a safe integer, or a bigint beyond ±(2^53 - 1)
 * - `boolean`: a boolean
 * - `date`: a calendar day as "YYYY-MM-DD" (years 0001 to 9999), without a time zone
 * - `datetime`: an instant as a valid `Date` in the years 1 to 9999 (UTC); formats that show local time use the table's time zone
 * - `link`: a `Link`
 *
 * null means no value, in every column.
 */
export type Cell = string | number | bigint | boolean | Date | Link | null;

/** One cell for each column of the table, in order. */
export type Row = readonly Cell[];
