/** @module The values that a row of an export holds, after they were checked: what every format is given. */

/** A link with the text that stands for it. Only http, https and mailto: others could run code in a reader. */
export interface Link {
  readonly text: string;
  readonly href: string;
}

/**
 * By the column's type:
 * - `text`: a string without lone surrogates; any other character may be in it, also NUL and line ends
 * - `number`: a finite number
 * - `integer`: a safe integer, or a bigint for what lies beyond ±(2^53 - 1)
 * - `boolean`: a boolean
 * - `date`: a calendar day as "YYYY-MM-DD" (years 0001 to 9999), in no time zone
 * - `datetime`: an instant as a valid `Date` in the years 1 to 9999 (UTC); formats that show local time use the table's time zone
 * - `link`: a `Link`
 *
 * null stands for no value, in every column.
 */
export type Cell = string | number | bigint | boolean | Date | Link | null;

/** One cell for each column of the table, in its order. */
export type Row = readonly Cell[];
