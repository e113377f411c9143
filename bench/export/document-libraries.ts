/** @module Libraries for workbooks, PDF and Parquet, written as their documentation shows for large files. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Contender, intoFile } from "./contender.ts";
import { benchRows, COLUMNS, textOf } from "./rows.ts";

const KEYS = COLUMNS.map(({ key }) => key);
const TITLES = COLUMNS.map(({ title = "" }) => title);

export const excelJs: Contender = async () => {
  const { default: excel } = await import("exceljs");
  return intoFile(async (file, rows) => {
    const book = new excel.stream.xlsx.WorkbookWriter({ stream: file, useStyles: true });
    const sheet = book.addWorksheet("Orders", { views: [{ state: "frozen", ySplit: 1 }] });
    sheet.columns = COLUMNS.map(({ key, title = "" }) => ({ key, header: title, width: 20 }));
    sheet.getColumn("updated").numFmt = "yyyy-mm-dd hh:mm:ss";
    let count = 0;
    for (const { invoice, ...row } of benchRows(rows)) {
      sheet
        .addRow({
          ...row,
          ordered: new Date(row.ordered),
          invoice: { text: invoice.text, hyperlink: invoice.href },
        })
        .commit();
      if (++count % 1_000 === 0) await new Promise(setImmediate);
    }
    sheet.commit();
    await book.commit();
  });
};

export const pdfKit: Contender = async () => {
  const { default: Pdf } = await import("pdfkit");
  return intoFile(async (file, rows) => {
    const document = new Pdf({ size: "A4", layout: "landscape", margin: 36 });
    document.pipe(file);
    const width = (document.page.width - 72) / KEYS.length;
    const line = (cells: readonly string[]) => {
      const { y } = document;
      for (const [at, cell] of cells.entries()) {
        document.text(cell, 36 + at * width, y, {
          width: width - 4,
          height: 10,
          ellipsis: true,
          lineBreak: false,
        });
      }
      document.y = y + 12;
    };
    document.fontSize(8);
    line(TITLES);
    let count = 0;
    for (const row of benchRows(rows)) {
      if (document.y > document.page.height - 48) {
        document.addPage();
        line(TITLES);
      }
      line(KEYS.map((key) => textOf(row[key])));
      if (++count % 500 === 0) await new Promise(setImmediate);
    }
    document.end();
  });
};

export const hyparquetWriter: Contender = async () => {
  const { fileWriter, parquetWriteRows } = await import("hyparquet-writer");
  return async ({ rows, folder }) => {
    const path = join(folder, "file");
    const types = [
      "INT64",
      "STRING",
      "STRING",
      "STRING",
      "DOUBLE",
      "INT64",
      "BOOLEAN",
      "STRING",
      "TIMESTAMP",
      "STRING",
    ] as const;
    const columns = KEYS.map((name, at) => ({ name, type: types[at]! }));
    await parquetWriteRows({ writer: fileWriter(path), rows: physicalRows(rows), columns });
    return { bytes: (await stat(path)).size };
  };
};

function* physicalRows(rows: number): Iterable<Record<string, unknown>> {
  for (const row of benchRows(rows)) {
    yield { ...row, id: BigInt(row.id), quantity: BigInt(row.quantity), invoice: row.invoice.href };
  }
}
