/** @module Lays rows out on pages: the head of each, its rows, its foot. */

import type { Row } from "../cell.ts";
import type { Table, Warnings } from "../format.ts";
import type { CellText } from "./cell-text.ts";
import type { GlyphRun } from "./content.ts";
import type { PdfDocument } from "./document.ts";
import { breakLines, type Lines } from "./lines.ts";
import type { MissingCharacters } from "./missing.ts";
import type { PdfOptions } from "./options.ts";
import { Page } from "./page.ts";
import { PageFoot } from "./page-foot.ts";
import { type LaidCell, type LaidRow, RowLayout, roomOf } from "./row-layout.ts";
import { type Sheet, UNITS } from "./sheet.ts";
import type { Style, Styles } from "./style.ts";

const HEAD_COLOR = "0.9 0.92 0.945 rg";
const RULE_COLOR = "0.45 0.51 0.6 rg";
const ZEBRA_COLOR = "0.965 0.972 0.98 rg";
const HAIRLINE_COLOR = "0.87 0.89 0.91 rg";
const LINK_COLOR = "0.05 0.3 0.6 rg";
const RULE = Math.round(0.8 * UNITS);
const HAIRLINE = Math.round(0.3 * UNITS);
const MOST_TITLE_LINES = 3;
const MOST_HEAD_LINES = 4;
const LONGEST_LINK_TEXT = 200;
/** Height of capitals and digits: what a line looks centered by. */
const CAPITALS = 0.714;

export interface Layout {
  readonly table: Table;
  readonly options: PdfOptions;
  readonly sheet: Sheet;
  readonly styles: Styles;
  readonly texts: readonly CellText[];
  readonly rightToLeft: boolean;
  readonly warnings: Warnings;
  readonly missing: MissingCharacters;
}

export class TablePages {
  readonly #layout: Layout;
  readonly #document: PdfDocument;
  readonly #foot: PageFoot;
  readonly #head: readonly Lines[];
  readonly #headHeight: number;
  readonly #rows: RowLayout;
  readonly #page = new Page();
  /** Rows so far. */
  row: number;

  constructor(layout: Layout, document: PdfDocument, rows: number, saved: string | undefined) {
    this.#layout = layout;
    this.#document = document;
    this.row = rows;
    const { sheet, styles, table, options, missing } = layout;
    const report = (where: string): void => (saved === undefined ? missing.report(where) : missing.forget());
    this.#head = table.columns.map((column, index) => {
      const lines = breakLines(styles.bold, column.title, roomOf(sheet, index), MOST_HEAD_LINES);
      report(`title of column "${column.key}"`);
      return lines;
    });
    const headLines = Math.max(1, ...this.#head.map(({ lines }) => lines.length));
    this.#headHeight = headLines * sheet.leading + 2 * sheet.above + Math.round(sheet.above / 2);
    const body = sheet.top - this.#headHeight - sheet.bottom - 2 * sheet.above;
    const mostLines = Math.min(options.maxLines ?? Number.MAX_SAFE_INTEGER, Math.floor(body / sheet.leading));
    this.#rows = new RowLayout(table.columns, layout.texts, layout, mostLines);
    if (saved === undefined) this.#beginPage();
    else this.#page.restore(saved);
    this.#foot = new PageFoot(layout);
    report("foot");
  }

  save(): string {
    return this.#page.save();
  }

  /** Adds a row. A promise when a page became complete: it resolves when there is room for the next row. */
  add(row: Row): Promise<void> | undefined {
    this.row += 1;
    const laid = this.#rows.lay(row, this.row);
    const { leading, above, bottom } = this.#layout.sheet;
    const lines = laid.reduce((most, cell) => Math.max(most, cell?.lines.length ?? 0), 1);
    const height = lines * leading + 2 * above;
    let turned: Promise<void> | undefined;
    if (this.#page.y - height < bottom) {
      turned = this.#complete();
      this.#beginPage();
    }
    this.#place(laid, height);
    return turned;
  }

  /** Completes the document. */
  async end(): Promise<void> {
    await this.#complete();
    await this.#document.end(this.#foot.total(this.#document.pages));
  }

  async #complete(): Promise<void> {
    const { sheet, styles, missing } = this.#layout;
    const page = this.#page;
    page.fill(sheet.tableLeft, page.y, sheet.tableWidth, RULE, RULE_COLOR);
    const tail = this.#foot.place(page, this.#document.pages);
    missing.report("page number");
    const content = this.#document.spare();
    page.draw(content, styles.regular.select, tail);
    await this.#document.add({ content, cells: page.cells, links: page.links });
  }

  #beginPage(): void {
    const page = this.#page;
    page.clear(this.#layout.sheet.top);
    const isFirst = this.#document.pages === 0;
    const isTagged = isFirst && this.#document.isTagged;
    if (isFirst) this.#placeTitle(page, isTagged);
    this.#placeHead(page, isTagged);
  }

  #placeTitle(page: Page, isTagged: boolean): void {
    const { table, sheet, styles, rightToLeft, missing } = this.#layout;
    const { size } = styles.title;
    const width = sheet.right - sheet.left;
    const { lines } = breakLines(styles.title, table.title, (width * 1000) / size, MOST_TITLE_LINES);
    missing.report("title");
    if (isTagged) page.beginMark("H1");
    page.set(styles.title.select);
    for (const line of lines) {
      const x = rightToLeft ? sheet.right - widthOf(line, styles.title) : sheet.left;
      page.put(x, page.y - Math.round(size * 0.9), line);
      page.y -= Math.round(size * 1.25);
    }
    if (isTagged) page.endMark();
    page.set(styles.regular.select);
    page.y -= Math.round(size * 0.4);
  }

  #placeHead(page: Page, isTagged: boolean): void {
    const { sheet, styles, table } = this.#layout;
    const top = page.y;
    page.y -= this.#headHeight;
    page.fill(sheet.tableLeft, page.y, sheet.tableWidth, this.#headHeight, HEAD_COLOR);
    page.fill(sheet.tableLeft, page.y, sheet.tableWidth, RULE, RULE_COLOR);
    page.set(styles.bold.select);
    if (!isTagged) page.beginArtifact();
    for (const index of table.columns.keys()) {
      const lines = this.#head[index]?.lines ?? [];
      // Titles stand on the rule, however many lines their neighbours have.
      const height = lines.length * sheet.leading;
      const from = Math.min(top, page.y + height + sheet.above + Math.round(sheet.above / 4));
      if (isTagged) page.beginMark("TH");
      this.#placeLines(index, lines, from, styles.bold);
      if (isTagged) page.endMark();
    }
    if (!isTagged) page.endMark();
    page.set(styles.regular.select);
  }

  #place(row: LaidRow, height: number): void {
    const { sheet, options } = this.#layout;
    const page = this.#page;
    const top = page.y - sheet.above;
    page.y -= height;
    if (options.zebra === false) {
      page.fill(sheet.tableLeft, page.y, sheet.tableWidth, HAIRLINE, HAIRLINE_COLOR);
    } else if (page.rows % 2 === 1) {
      page.fill(sheet.tableLeft, page.y, sheet.tableWidth, height, ZEBRA_COLOR);
    }
    let marks = "";
    for (let index = 0; index < row.length; index += 1) {
      const cell = row[index] ?? null;
      marks += cell === null ? "0" : cell.link === undefined ? "1" : "L";
      if (cell !== null) this.#placeCell(index, cell, top);
    }
    page.addRow(marks);
  }

  #placeCell(index: number, { lines, link }: LaidCell, top: number): void {
    const { table, styles, sheet } = this.#layout;
    const page = this.#page;
    const isTagged = this.#document.isTagged;
    const isBold = table.columns[index]?.bold === true;
    const style = isBold ? styles.bold : styles.regular;
    if (isTagged) page.beginMark(link === undefined ? "TD" : "Link");
    if (isBold) page.set(style.select);
    if (link !== undefined) page.set(LINK_COLOR);
    this.#placeLines(index, lines, top, style);
    if (link !== undefined) page.ink();
    if (isBold) page.set(styles.regular.select);
    if (isTagged) page.endMark();
    if (link === undefined) return;
    const lefts = lines.map((line) => this.#left(index, line, style));
    const rights = lines.map((line, at) => (lefts[at] ?? 0) + widthOf(line, style));
    const bottom = top - lines.length * sheet.leading;
    const box = [Math.min(...lefts), bottom, Math.max(...rights), top] as const;
    page.links.push({ box, href: link.href, text: link.text.slice(0, LONGEST_LINK_TEXT) });
  }

  #placeLines(column: number, lines: readonly GlyphRun[], top: number, style: Style): void {
    const { leading } = this.#layout.sheet;
    let baseline = top - Math.round((leading + style.size * CAPITALS) / 2);
    for (const line of lines) {
      this.#page.put(this.#left(column, line, style), baseline, line);
      baseline -= leading;
    }
  }

  /** Where a line of a column begins. */
  #left(index: number, line: GlyphRun, style: Style): number {
    const { sheet, table, rightToLeft } = this.#layout;
    const align = table.columns[index]?.align ?? "left";
    const { x, width } = sheet.columns[index] ?? { x: 0, width: 0 };
    const free = width - 2 * sheet.beside - widthOf(line, style);
    if (align === "center") return x + sheet.beside + Math.round(free / 2);
    return x + sheet.beside + (align === (rightToLeft ? "left" : "right") ? free : 0);
  }
}

function widthOf(run: GlyphRun, style: Style): number {
  return Math.round((run.width * style.size) / 1000);
}
