/** @module Lays rows out on pages: the head of each, its rows, its foot. */

import type { Cell, Row } from "../cell.ts";
import type { Alignment, Column } from "../column.ts";
import type { Table, Warnings } from "../format.ts";
import type { CellText } from "./cell-text.ts";
import type { GlyphRun } from "./content.ts";
import type { PdfDocument } from "./document.ts";
import { breakLines, type Lines } from "./lines.ts";
import type { MissingCharacters } from "./missing.ts";
import type { PdfOptions } from "./options.ts";
import { Page } from "./page.ts";
import { PageFoot } from "./page-foot.ts";
import type { Sheet } from "./sheet.ts";
import { UNITS } from "./sheet.ts";
import { NarrowRun, type Style, type Styles } from "./style.ts";

const HEAD_COLOR = "0.9 0.92 0.945 rg";
const RULE_COLOR = "0.45 0.51 0.6 rg";
const ZEBRA_COLOR = "0.965 0.972 0.98 rg";
const HAIRLINE_COLOR = "0.87 0.89 0.91 rg";
const LINK_COLOR = "0.05 0.3 0.6 rg";
const RULE = Math.round(0.8 * UNITS);
const HAIRLINE = Math.round(0.3 * UNITS);
const MOST_TITLE_LINES = 3;
const MOST_HEAD_LINES = 4;
/** Columns of numbers and times are set narrower rather than broken, but not below this part of their width. */
const NARROWEST = 0.6;
/** Longer addresses are printed, but lead nowhere. */
const LONGEST_HREF = 2_000;

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

/** A row whose lines are broken. */
interface LaidRow {
  readonly cells: readonly (Lines | undefined)[];
  readonly height: number;
}

export class TablePages {
  readonly #layout: Layout;
  readonly #document: PdfDocument;
  readonly #foot: PageFoot;
  readonly #head: readonly Lines[];
  readonly #headHeight: number;
  /** Lines that a row may have. */
  readonly #mostLines: number;
  #page: Page;
  /** Rows so far. */
  row: number;

  constructor(layout: Layout, document: PdfDocument, rows: number, saved: string | undefined) {
    this.#layout = layout;
    this.#document = document;
    this.row = rows;
    const { sheet, styles, table, options, missing } = layout;
    const report = (where: string): void => (saved === undefined ? missing.report(where) : missing.forget());
    this.#head = table.columns.map((column, index) => {
      const lines = breakLines(styles.bold, column.title, this.#room(index), MOST_HEAD_LINES);
      report(`title of column "${column.key}"`);
      return lines;
    });
    const headLines = Math.max(1, ...this.#head.map(({ lines }) => lines.length));
    this.#headHeight = headLines * sheet.leading + 2 * sheet.above + Math.round(sheet.above / 2);
    const body = sheet.top - this.#headHeight - sheet.bottom - 2 * sheet.above;
    this.#mostLines = Math.min(options.maxLines ?? Number.MAX_SAFE_INTEGER, Math.floor(body / sheet.leading));
    this.#page = saved === undefined ? this.#newPage() : new Page(0, saved);
    this.#foot = new PageFoot(layout);
    report("foot");
  }

  save(): string {
    return this.#page.save();
  }

  /** Adds a row. A promise when a page became complete: it resolves when there is room for the next row. */
  add(row: Row): Promise<void> | undefined {
    this.row += 1;
    const laid = this.#lay(row);
    let turned: Promise<void> | undefined;
    if (this.#page.y - laid.height < this.#layout.sheet.bottom) {
      turned = this.#complete();
      this.#page = this.#newPage();
    }
    this.#place(row, laid);
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
    const content = page.content(styles.regular.select, tail);
    await this.#document.add({ content, cells: page.cells, links: page.links });
  }

  #newPage(): Page {
    const { sheet } = this.#layout;
    const page = new Page(sheet.top);
    const isFirst = this.#document.pages === 0;
    const isTagged = isFirst && this.#document.isTagged;
    if (isFirst) this.#placeTitle(page, isTagged);
    this.#placeHead(page, isTagged);
    return page;
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
    for (const [index, column] of table.columns.entries()) {
      const lines = this.#head[index]?.lines ?? [];
      // Titles stand on the rule, however many lines their neighbours have.
      const height = lines.length * sheet.leading;
      const from = Math.min(top, page.y + height + sheet.above + Math.round(sheet.above / 4));
      if (isTagged) page.beginMark("TH");
      this.#placeLines(page, index, column.align, lines, from, styles.bold);
      if (isTagged) page.endMark();
    }
    if (!isTagged) page.endMark();
    page.set(styles.regular.select);
  }

  #lay(row: Row): LaidRow {
    const { sheet, table, missing } = this.#layout;
    let most = 1;
    const cells = table.columns.map((column, index) => {
      const cell = row[index] ?? null;
      if (cell === null) return undefined;
      const lines = this.#cellLines(column, index, cell);
      missing.report(`row ${this.row}, column "${column.key}"`);
      if (lines.lines.length > most) most = lines.lines.length;
      return lines;
    });
    return { cells, height: most * sheet.leading + 2 * sheet.above };
  }

  #cellLines(column: Column, index: number, cell: Exclude<Cell, null>): Lines {
    const { styles, texts, warnings } = this.#layout;
    const style = column.bold ? styles.bold : styles.regular;
    const text = texts[index]?.(cell) ?? "";
    const room = this.#room(index);
    const fitting = style.simple(text, room);
    if (fitting !== undefined) return { lines: [fitting], cut: false };
    if (column.type !== "text" && column.type !== "link") {
      const whole = style.line(text);
      if (whole.width * NARROWEST <= room) return { lines: [new NarrowRun(whole, room)], cut: false };
    }
    const lines = breakLines(style, text, room, this.#mostLines);
    if (lines.cut)
      warnings.add(`row ${this.row}, column "${column.key}": text cut after ${lines.lines.length} lines`);
    return lines;
  }

  #place(row: Row, laid: LaidRow): void {
    const { sheet, table, styles, options } = this.#layout;
    const page = this.#page;
    const top = page.y;
    const isTagged = this.#document.isTagged;
    page.y -= laid.height;
    if (options.zebra !== false && page.rows % 2 === 1) {
      page.fill(sheet.tableLeft, page.y, sheet.tableWidth, laid.height, ZEBRA_COLOR);
    }
    if (options.zebra === false)
      page.fill(sheet.tableLeft, page.y, sheet.tableWidth, HAIRLINE, HAIRLINE_COLOR);
    for (const [index, column] of table.columns.entries()) {
      const cell = row[index] ?? null;
      const lines = laid.cells[index]?.lines;
      if (lines === undefined || cell === null) {
        page.cells += "0";
        continue;
      }
      const style = column.bold ? styles.bold : styles.regular;
      const href = hrefOf(cell);
      const isLink = href !== undefined && href.length <= LONGEST_HREF;
      if (isTagged) page.beginMark(isLink ? "Link" : "TD");
      if (column.bold) page.set(style.select);
      if (isLink) page.set(LINK_COLOR);
      const box = this.#placeLines(page, index, column.align, lines, top - sheet.above, style);
      if (isLink) page.ink();
      if (column.bold) page.set(styles.regular.select);
      if (isTagged) page.endMark();
      if (isLink)
        page.links.push({
          box,
          href,
          text: String(typeof cell === "object" && "text" in cell ? cell.text : "").slice(0, 200),
        });
      else if (href !== undefined)
        this.#layout.warnings.add(`row ${this.row}, column "${column.key}": the link is too long to be one`);
      page.cells += isLink ? "L" : "1";
    }
    page.rows += 1;
  }

  /** Returns the box round them. */
  #placeLines(
    page: Page,
    column: number,
    align: Alignment,
    lines: readonly GlyphRun[],
    top: number,
    style: Style,
  ): [left: number, bottom: number, right: number, top: number] {
    const { sheet, rightToLeft } = this.#layout;
    const { x, width } = sheet.columns[column] ?? { x: 0, width: 0 };
    let baseline = top - Math.round((sheet.leading + style.size * 0.714) / 2);
    let left = x + width;
    let right = x;
    for (const line of lines) {
      const own = widthOf(line, style);
      const free = width - 2 * sheet.beside - own;
      const isRight = align === (rightToLeft ? "left" : "right");
      const from = x + sheet.beside + (align === "center" ? Math.round(free / 2) : isRight ? free : 0);
      page.put(from, baseline, line);
      baseline -= sheet.leading;
      left = Math.min(left, from);
      right = Math.max(right, from + own);
    }
    return [left, top - lines.length * sheet.leading, right, top];
  }

  /** How much text a line of the column holds, in thousandths of the font's size. */
  #room(column: number): number {
    const { sheet } = this.#layout;
    return (((sheet.columns[column]?.width ?? 0) - 2 * sheet.beside) * 1000) / sheet.size;
  }
}

function widthOf(run: GlyphRun, style: Style): number {
  return Math.round((run.width * style.size) / 1000);
}

function hrefOf(cell: Exclude<Cell, null>): string | undefined {
  return typeof cell === "object" && "href" in cell ? cell.href : undefined;
}
