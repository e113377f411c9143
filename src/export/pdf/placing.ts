/** @module The positions of a column's lines on a page. */

import type { Table, Warnings } from "../format.ts";
import type { CellText } from "./cell-text.ts";
import type { GlyphRun } from "./content.ts";
import type { MissingCharacters } from "./missing.ts";
import type { PdfOptions } from "./options.ts";
import type { Page } from "./page.ts";
import type { Sheet } from "./sheet.ts";
import type { Style, Styles } from "./style.ts";

/** Height of capitals and digits: a line centered by it looks centered. */
const CAPITALS = 0.714;

/** The settings that all pages of a file share. */
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

/** Puts lines below each other, the first below `top`. */
export function placeLines(
  layout: Layout,
  page: Page,
  column: number,
  lines: readonly GlyphRun[],
  top: number,
  style: Style,
): void {
  const { leading } = layout.sheet;
  let baseline = top - Math.round((leading + style.size * CAPITALS) / 2);
  for (const line of lines) {
    page.put(leftOf(layout, column, line, style), baseline, line);
    baseline -= leading;
  }
}

/** Where a line of a column begins. */
export function leftOf(
  { sheet, table, rightToLeft }: Layout,
  index: number,
  line: GlyphRun,
  style: Style,
): number {
  const align = table.columns[index]?.align ?? "left";
  const { x, width } = sheet.columns[index] ?? { x: 0, width: 0 };
  const free = width - 2 * sheet.beside - widthOf(line, style);
  if (align === "center") return x + sheet.beside + Math.round(free / 2);
  return x + sheet.beside + (align === (rightToLeft ? "left" : "right") ? free : 0);
}

export function widthOf(run: GlyphRun, style: Style): number {
  return Math.round((run.width * style.size) / 1000);
}
