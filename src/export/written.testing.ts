/** @module The output of a format for some rows, as text. */

import type { Cell } from "./cell.ts";
import { checkedColumns, type ExportColumn } from "./export-column.ts";
import type { TableFormat } from "./format.ts";
import { sampleTable } from "./sample-rows.testing.ts";
import { runWriter } from "./writer-run.testing.ts";

export async function written(
  format: TableFormat,
  columns: readonly ExportColumn<unknown>[],
  rows: readonly (readonly Cell[])[],
  timeZone = "UTC",
): Promise<string> {
  const table = sampleTable({ columns: checkedColumns(columns), timeZone });
  return String((await runWriter(format, table, rows.length === 0 ? [] : [rows])).bytes);
}
