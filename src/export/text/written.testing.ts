/** @module What a format writes for some rows, as text. */

import type { Cell } from "../cell.ts";
import { checkedColumns, type ExportColumn } from "../export-column.ts";
import type { TableFormat } from "../format.ts";
import { WarningList } from "../warnings.ts";

export async function written(
  format: TableFormat,
  columns: readonly ExportColumn<unknown>[],
  rows: readonly (readonly Cell[])[],
  timeZone = "UTC",
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const sink = {
    async write(bytes: Uint8Array | string) {
      chunks.push(Buffer.from(bytes as Uint8Array));
    },
  };
  const table = {
    title: "Test",
    columns: checkedColumns(columns),
    locale: "en",
    timeZone,
    requestedAt: new Date(0),
  };
  const writer = await format.open(table, sink, new WarningList(), undefined);
  if (rows.length > 0) await writer.append(rows);
  await writer.end();
  return Buffer.concat(chunks).toString();
}
