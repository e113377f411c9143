/** @module The part above the rows: the title on the first page, and the columns' titles on each page. */

import type { GlyphRun } from "./content.ts";
import { breakLines } from "./lines.ts";
import type { Page } from "./page.ts";
import { type Layout, placeLines, widthOf } from "./placing.ts";
import { roomOf } from "./row-layout.ts";
import { UNITS } from "./sheet.ts";

const COLOR = "0.9 0.92 0.945 rg";
export const RULE_COLOR = "0.45 0.51 0.6 rg";
export const RULE = Math.round(0.8 * UNITS);
const MOST_TITLE_LINES = 3;
const MOST_COLUMN_LINES = 4;

export class PageHead {
  readonly #layout: Layout;
  readonly #title: readonly GlyphRun[];
  readonly #columns: readonly (readonly GlyphRun[])[];
  readonly #titleHeight: number;
  readonly #columnsHeight: number;

  /** `report` is called when characters may have been missing; its argument names the text. */
  constructor(layout: Layout, report: (where: string) => void) {
    this.#layout = layout;
    const { sheet, styles, table } = layout;
    const { size } = styles.title;
    const room = ((sheet.right - sheet.left) * 1000) / size;
    this.#title =
      table.title === "" ? [] : breakLines(styles.title, table.title, room, MOST_TITLE_LINES).lines;
    report("title");
    this.#columns = table.columns.map((column, index) => {
      const { lines } = breakLines(styles.bold, column.title, roomOf(sheet, index), MOST_COLUMN_LINES);
      report(`title of column "${column.key}"`);
      return lines;
    });
    this.#titleHeight = this.#title.length * Math.round(size * 1.25) + Math.round(size * 0.4);
    const lines = Math.max(1, ...this.#columns.map((column) => column.length));
    this.#columnsHeight = lines * sheet.leading + 2 * sheet.above + Math.round(sheet.above / 2);
  }

  /** On the first page, where it is highest. */
  get height(): number {
    return this.#titleHeight + this.#columnsHeight;
  }

  placeTitle(page: Page, isTagged: boolean): void {
    const { sheet, styles, rightToLeft } = this.#layout;
    const { size } = styles.title;
    if (isTagged) page.beginMark("H1");
    else page.beginArtifact();
    page.set(styles.title.select);
    for (const [index, line] of this.#title.entries()) {
      const x = rightToLeft ? sheet.right - widthOf(line, styles.title) : sheet.left;
      page.put(x, page.y - Math.round(size * (0.9 + 1.25 * index)), line);
    }
    page.endMark();
    page.set(styles.regular.select);
    page.y -= this.#titleHeight;
  }

  placeColumns(page: Page, isTagged: boolean): void {
    const { sheet, styles } = this.#layout;
    const top = page.y;
    page.y -= this.#columnsHeight;
    page.fill(sheet.tableLeft, page.y, sheet.tableWidth, this.#columnsHeight, COLOR);
    page.fill(sheet.tableLeft, page.y, sheet.tableWidth, RULE, RULE_COLOR);
    page.set(styles.bold.select);
    if (!isTagged) page.beginArtifact();
    for (const [index, lines] of this.#columns.entries()) {
      // Titles are aligned to the rule below them, however many lines their neighbours have.
      const height = lines.length * sheet.leading;
      const from = Math.min(top, page.y + height + sheet.above + Math.round(sheet.above / 4));
      if (isTagged) page.beginMark("TH");
      placeLines(this.#layout, page, index, lines, from, styles.bold);
      if (isTagged) page.endMark();
    }
    if (!isTagged) page.endMark();
    page.set(styles.regular.select);
  }
}
