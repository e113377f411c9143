/** @module The XML of a sheet: start, rows, end. */

import type { Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Table } from "../format.ts";
import { type CellWriter, cellWriter } from "./cells.ts";
import { HEAD_STYLE, type Styles } from "./styles.ts";
import { textElement } from "./xml.ts";

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/** Of cells, in characters. */
const WIDEST_BY_DEFAULT = 60;
const WIDEST = 255;
const WIDTHS: Record<Column["type"], number> = {
  text: 24,
  number: 14,
  integer: 12,
  boolean: 9,
  date: 12,
  datetime: 20,
  link: 24,
};
/** The title shares its cell with the filter's button. */
const BUTTON_WIDTH = 3;

export class SheetRows {
  /** The first column to the last, as in "A1:J1". */
  readonly lastLetters: string;
  readonly #columns: readonly Column[];
  readonly #cells: readonly CellWriter[];
  /** The number of the current row in warnings. */
  #named = 0;

  /** `warn` is called with row and column of values that had to be changed. */
  constructor(table: Table, styles: Styles, warn: (warning: string) => void) {
    this.#columns = table.columns;
    this.lastLetters = lettersOf(table.columns.length - 1);
    this.#cells = table.columns.map((column, at) =>
      cellWriter(column, lettersOf(at), styles.ofColumns[at]!, table, (warning) =>
        warn(`row ${this.#named}, column "${column.title}": ${warning}`),
      ),
    );
  }

  /** Up to and including the header row, which stays in view. */
  begin(isFirst: boolean): string {
    const widths = this.#columns.map(
      (column, at) => `<col min="${at + 1}" max="${at + 1}" width="${widthOf(column)}" customWidth="1"/>`,
    );
    const selected = isFirst ? ' tabSelected="1"' : "";
    return [
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
      `<worksheet xmlns="${MAIN}"><sheetViews><sheetView${selected} workbookViewId="0">`,
      '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>',
      `<sheetFormatPr defaultRowHeight="15"/><cols>${widths.join("")}</cols><sheetData>`,
      textRow(
        1,
        HEAD_STYLE,
        this.#columns.map(({ title }) => title),
      ),
    ].join("");
  }

  /** One row; `number` is its number in the sheet, `named` the one used in warnings. */
  row(cells: Row, number: number, named: number): string {
    this.#named = named;
    let xml = `<row r="${number}">`;
    for (let at = 0; at < cells.length; at++) {
      const cell = cells[at]!;
      if (cell !== null) xml += this.#cells[at]!(cell, number);
    }
    return `${xml}</row>`;
  }

  /** The range of the filter in a sheet with this many rows, including its header. */
  filtered(rows: number): string {
    return `A1:${this.lastLetters}${rows}`;
  }

  end(rows: number): string {
    return `</sheetData><autoFilter ref="${this.filtered(rows)}"/></worksheet>`;
  }
}

/** A sheet that lists what the others could not hold. */
export function notesSheet(notes: readonly string[]): string {
  const rows = notes.map((note, at) => textRow(at + 1, 0, [note]));
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="${MAIN}"><cols><col min="1" max="1" width="120" customWidth="1"/></cols><sheetData>${rows.join("")}</sheetData></worksheet>`;
}

function textRow(number: number, style: number, texts: readonly string[]): string {
  const cells = texts.map(
    (text, at) =>
      `<c r="${lettersOf(at)}${number}" s="${style}" t="inlineStr"><is>${textElement("t", text)}</is></c>`,
  );
  return `<row r="${number}">${cells.join("")}</row>`;
}

function widthOf({ width, type, title }: Column): number {
  const chosen = width ?? Math.min(WIDEST_BY_DEFAULT, Math.max(WIDTHS[type], title.length + BUTTON_WIDTH));
  return Math.min(WIDEST, chosen);
}

/** 0 is "A", 26 "AA". */
export function lettersOf(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : lettersOf(Math.floor(column / 26) - 1) + last;
}
