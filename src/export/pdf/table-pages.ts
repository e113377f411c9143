/** @module Lays rows out on pages: the head of each, its rows, its foot. */

import type { Link, Row } from "../cell.ts";
import type { GlyphRun } from "./content.ts";
import type { PdfDocument } from "./document.ts";
import { Page } from "./page.ts";
import { PageFoot } from "./page-foot.ts";
import { PageHead, RULE, RULE_COLOR } from "./page-head.ts";
import { type Layout, leftOf, placeLines, widthOf } from "./placing.ts";
import { type LaidCell, type LaidRow, RowLayout } from "./row-layout.ts";
import { UNITS } from "./sheet.ts";
import type { Style } from "./style.ts";

const ZEBRA_COLOR = "0.965 0.972 0.98 rg";
const HAIRLINE_COLOR = "0.87 0.89 0.91 rg";
const LINK_COLOR = "0.05 0.3 0.6 rg";
const HAIRLINE = Math.round(0.3 * UNITS);
const LONGEST_LINK_TEXT = 200;

export class TablePages {
  readonly #layout: Layout;
  readonly #document: PdfDocument;
  readonly #foot: PageFoot;
  readonly #head: PageHead;
  readonly #rows: RowLayout;
  readonly #page = new Page();
  /** Rows so far. */
  row: number;

  constructor(layout: Layout, document: PdfDocument, rows: number, saved: string | undefined) {
    this.#layout = layout;
    this.#document = document;
    this.row = rows;
    const { sheet, table, options, missing } = layout;
    const report = (where: string): void => (saved === undefined ? missing.report(where) : missing.forget());
    this.#head = new PageHead(layout, report);
    this.#foot = new PageFoot(layout);
    report("foot");
    const room = sheet.top - this.#head.height - sheet.bottom - 2 * sheet.above;
    const fitting = Math.max(1, Math.floor(room / sheet.leading));
    this.#rows = new RowLayout(
      table.columns,
      layout.texts,
      layout,
      Math.min(options.maxLines ?? fitting, fitting),
    );
    if (saved === undefined) this.#beginPage();
    else this.#page.restore(saved);
  }

  save(): string {
    return this.#page.save();
  }

  /** Adds a row. Returns a promise when a page became complete; it resolves when there is room for the next row. */
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
    if (isFirst) this.#head.placeTitle(page, isTagged);
    this.#head.placeColumns(page, isTagged);
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
    const { table, styles } = this.#layout;
    const page = this.#page;
    const isTagged = this.#document.isTagged;
    const isBold = table.columns[index]?.bold === true;
    const style = isBold ? styles.bold : styles.regular;
    if (isTagged) page.beginMark(link === undefined ? "TD" : "Link");
    if (isBold) page.set(style.select);
    if (link !== undefined) page.set(LINK_COLOR);
    placeLines(this.#layout, page, index, lines, top, style);
    if (link !== undefined) page.ink();
    if (isBold) page.set(styles.regular.select);
    if (isTagged) page.endMark();
    if (link !== undefined) this.#addLink(index, lines, link, top, style);
  }

  #addLink(index: number, lines: readonly GlyphRun[], link: Link, top: number, style: Style): void {
    const page = this.#page;
    const { sheet } = this.#layout;
    const lefts = lines.map((line) => leftOf(this.#layout, index, line, style));
    const rights = lines.map((line, at) => (lefts[at] ?? 0) + widthOf(line, style));
    const bottom = top - lines.length * sheet.leading;
    const box = [Math.min(...lefts), bottom, Math.max(...rights), top] as const;
    page.links.push({ box, href: link.href, text: link.text.slice(0, LONGEST_LINK_TEXT) });
  }
}
