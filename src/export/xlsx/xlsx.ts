/** @module The format "xlsx": a workbook for Excel and LibreOffice. */

import type { Row } from "../cell.ts";
import type { Sink, Table, TableFormat, TableWriter, Warnings } from "../format.ts";
import type { CompressionLevel } from "../zip/deflated-blocks.ts";
import { SAVE_DISTANCE, type SaveDistance, SavePoints } from "../zip/save-points.ts";
import { type ZipState, ZipWriter } from "../zip/zip-writer.ts";
import { PACKAGE_RELATIONS, type Part, properties, type Sheet, sheetPart, workbookParts } from "./parts.ts";
import { notesSheet, SheetRows } from "./sheet.ts";
import { NOTES, sheetName } from "./sheet-names.ts";
import { stylesOf } from "./styles.ts";

export interface XlsxOptions {
  /** 1 is fastest, 9 smallest; default 4. */
  level?: CompressionLevel;
  /** @internal Including the header. */
  rowsPerSheet?: number;
  /** @internal Bytes between two saves. */
  saveDistance?: SaveDistance;
}

/** The position in the file: the current sheet, its rows, and the rows of the table so far. */
export type XlsxState = { zip: ZipState; sheet: number; rowsInSheet: number; rows: number };

const MOST_COLUMNS = 16_384;
const MOST_ROWS = 1_048_576;
/** Approximate amount of text written at once, in UTF-16 units. */
const CHUNK = 64 * 1024;

/**
 * Rows as a workbook with real numbers, dates, booleans and links; instants are shown in the request's time zone. The
 * header stays in view and has a filter. Rows beyond a sheet's limit continue on another sheet. Values that
 * spreadsheets can't hold are changed, reported as a warning and listed on the sheet "Notes".
 */
export function xlsx({
  level = 4,
  rowsPerSheet = MOST_ROWS,
  saveDistance = SAVE_DISTANCE,
}: XlsxOptions = {}): TableFormat<"xlsx", XlsxState> {
  return {
    name: "xlsx",
    extension: "xlsx",
    type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    isCompressed: true,
    check(columns) {
      if (columns.length <= MOST_COLUMNS) return;
      throw new TypeError(`a spreadsheet has at most ${MOST_COLUMNS} columns, not ${columns.length}`);
    },
    async open(table, sink, warnings, state) {
      const writer = new XlsxWriter(table, sink, warnings, { level, rowsPerSheet, saveDistance }, state);
      if (state === undefined) await writer.begin();
      return writer;
    },
  };
}

class XlsxWriter implements TableWriter<XlsxState> {
  readonly #table: Table;
  readonly #warnings: Warnings;
  readonly #options: Required<XlsxOptions>;
  readonly #zip: ZipWriter;
  readonly #points: SavePoints;
  readonly #styles;
  readonly #sheetRows: SheetRows;
  #sheet: number;
  #rowsInSheet: number;
  #rows: number;

  constructor(
    table: Table,
    sink: Sink,
    warnings: Warnings,
    options: Required<XlsxOptions>,
    from?: XlsxState,
  ) {
    this.#table = table;
    this.#warnings = warnings;
    this.#options = options;
    this.#zip = new ZipWriter(sink, from?.zip);
    this.#points = new SavePoints(options.saveDistance, this.#zip.size);
    this.#styles = stylesOf(table.columns);
    this.#sheetRows = new SheetRows(table, this.#styles, (warning) => warnings.add(warning));
    this.#sheet = from?.sheet ?? 1;
    this.#rowsInSheet = from?.rowsInSheet ?? 1;
    this.#rows = from?.rows ?? 0;
  }

  async begin(): Promise<void> {
    await this.#add(PACKAGE_RELATIONS);
    await this.#add({ name: "xl/styles.xml", content: this.#styles.part });
    await this.#add(properties(this.#table));
    await this.#beginSheet();
  }

  async append(rows: readonly Row[]): Promise<void> {
    let xml = "";
    for (const row of rows) {
      if (this.#rowsInSheet === this.#options.rowsPerSheet) {
        await this.#zip.write(xml);
        xml = "";
        await this.#endSheet();
        this.#sheet += 1;
        await this.#beginSheet();
      }
      this.#rowsInSheet += 1;
      this.#rows += 1;
      xml += this.#sheetRows.row(row, this.#rowsInSheet, this.#rows);
      if (xml.length < CHUNK) continue;
      await this.#zip.write(xml);
      xml = "";
    }
    await this.#zip.write(xml);
  }

  async save(): Promise<XlsxState | null> {
    if (!this.#points.take(this.#zip.size)) return null;
    const zip = await this.#zip.save();
    return { zip, sheet: this.#sheet, rowsInSheet: this.#rowsInSheet, rows: this.#rows };
  }

  async end(): Promise<void> {
    await this.#endSheet();
    const sheets = this.#sheets();
    const { listed, count } = this.#warnings;
    if (count > 0) {
      const notes = [...listed, ...(count > listed.length ? [`and ${count - listed.length} more`] : [])];
      sheets.push({ name: NOTES, filtered: null });
      await this.#add({ name: sheetPart(sheets.length), content: notesSheet(notes) });
    }
    for (const part of workbookParts(sheets)) await this.#add(part);
    await this.#zip.end();
  }

  #sheets(): Sheet[] {
    const { rowsPerSheet } = this.#options;
    return Array.from({ length: this.#sheet }, (_, at) => {
      const number = at + 1;
      const rows = number < this.#sheet ? rowsPerSheet : this.#rowsInSheet;
      return { name: sheetName(this.#table.title, number), filtered: this.#sheetRows.filtered(rows) };
    });
  }

  async #beginSheet(): Promise<void> {
    this.#rowsInSheet = 1;
    await this.#zip.begin(sheetPart(this.#sheet), this.#entry);
    await this.#zip.write(this.#sheetRows.begin(this.#sheet === 1));
  }

  async #endSheet(): Promise<void> {
    await this.#zip.write(this.#sheetRows.end(this.#rowsInSheet));
    await this.#zip.endEntry();
  }

  async #add({ name, content }: Part): Promise<void> {
    await this.#zip.begin(name, this.#entry);
    await this.#zip.write(content);
    await this.#zip.endEntry();
  }

  get #entry() {
    return { changedAt: this.#table.requestedAt, level: this.#options.level };
  }
}
