/** @module Libraries for text and ZIP, written as their documentation shows for large files. */

import { PassThrough, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Contender, intoFile, through } from "./contender.ts";
import { type BenchRow, benchRows, COLUMNS, textOf } from "./rows.ts";

const KEYS = COLUMNS.map(({ key }) => key);
const TITLES = COLUMNS.map(({ title = "" }) => title);

export const csvStringify: Contender = async () => {
  const { stringify } = await import("csv-stringify");
  return intoFile((file, rows) => {
    const columns = COLUMNS.map(({ key, title = "" }) => ({ key, header: title }));
    const cast = {
      date: (value: Date) => value.toISOString(),
      object: (value: object) => textOf(value as BenchRow["invoice"]),
    };
    return through(benchRows(rows), stringify({ header: true, columns, cast, bom: true }), file);
  });
};

export const fastCsv: Contender = async () => {
  const { format } = await import("@fast-csv/format");
  return intoFile((file, rows) => {
    const transform = (row: BenchRow) => KEYS.map((key) => textOf(row[key]));
    return through(benchRows(rows), format({ headers: TITLES, transform, writeBOM: true }), file);
  });
};

export const jsonLines: Contender = async () =>
  intoFile((file, rows) => pipeline(linesOf(rows), new PassThrough(), file));

/** Some hundred rows at a time, as a row alone is too small for a stream. */
function* linesOf(rows: number): Iterable<string> {
  let lines: string[] = [];
  for (const row of benchRows(rows)) {
    lines.push(JSON.stringify({ ...row, invoice: row.invoice.href }));
    if (lines.length < 500) continue;
    yield `${lines.join("\n")}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`;
}

/** Two entries, as ours: CSV by csv-stringify, and NDJSON. */
export const yazl: Contender = async () => {
  const [{ ZipFile }, { stringify }] = await Promise.all([import("yazl"), import("csv-stringify")]);
  return intoFile(async (file: Writable, rows) => {
    const archive = new ZipFile();
    const csv = stringify({
      header: true,
      columns: KEYS,
      cast: { date: (value: Date) => value.toISOString() },
    });
    archive.addReadStream(csv, "Orders.csv");
    const lines = new PassThrough();
    archive.addReadStream(lines, "Orders.ndjson");
    archive.end();
    const written = pipeline(archive.outputStream, file);
    await Promise.all([
      (async () => {
        for (const row of benchRows(rows)) {
          if (!csv.write({ ...row, invoice: row.invoice.href }))
            await new Promise((resolve) => csv.once("drain", resolve));
        }
        csv.end();
      })(),
      pipeline(linesOf(rows), lines),
      written,
    ]);
  });
};
