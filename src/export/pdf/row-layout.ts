/** @module Rows as lines of text, as wide as their columns allow. */

import type { Cell, Link, Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Warnings } from "../format.ts";
import type { CellText } from "./cell-text.ts";
import type { GlyphRun } from "./content.ts";
import { breakLines } from "./lines.ts";
import type { MissingCharacters } from "./missing.ts";
import type { Sheet } from "./sheet.ts";
import { NarrowRun, type Style, type Styles } from "./style.ts";

/** Numbers and times are set narrower rather than broken, but not below this part of their width. */
const NARROWEST = 0.6;
/** Longer addresses are printed, but not as links. */
const LONGEST_HREF = 2_000;

/** A cell whose text is broken into lines. */
export interface LaidCell {
  readonly lines: readonly GlyphRun[];
  readonly link: Link | undefined;
}

/** null stands for an empty cell. */
export type LaidRow = readonly (LaidCell | null)[];

interface LaidColumn {
  readonly column: Column;
  readonly style: Style;
  readonly text: CellText;
  /** The room on a line, in thousandths of the font's size. */
  readonly room: number;
}

export class RowLayout {
  readonly #columns: readonly LaidColumn[];
  readonly #mostLines: number;
  readonly #missing: MissingCharacters;
  readonly #warnings: Warnings;

  /** A row has at most `mostLines` lines. */
  constructor(
    columns: readonly Column[],
    texts: readonly CellText[],
    { sheet, styles, missing, warnings }: RowTools,
    mostLines: number,
  ) {
    this.#columns = columns.map((column, index) => ({
      column,
      style: column.bold ? styles.bold : styles.regular,
      text: texts[index] ?? String,
      room: roomOf(sheet, index),
    }));
    this.#mostLines = mostLines;
    this.#missing = missing;
    this.#warnings = warnings;
  }

  /** `number` counts rows from 1, for messages. Throws a `UserError` for a character that no font has. */
  lay(row: Row, number: number): LaidRow {
    return this.#columns.map((column, index) => {
      const cell = row[index] ?? null;
      return cell === null ? null : this.#layCell(column, cell, number);
    });
  }

  #layCell({ column, style, text, room }: LaidColumn, cell: Exclude<Cell, null>, row: number): LaidCell {
    const shown = text(cell);
    const link = this.#linkOf(cell, row, column);
    const fitting = style.simple(shown, room);
    if (fitting !== undefined) return { lines: [fitting], link };
    const lines = this.#lines(column, style, shown, room, row);
    if (this.#missing.any) this.#missing.report(placeOf(row, column));
    return { lines, link };
  }

  #lines(column: Column, style: Style, text: string, room: number, row: number): readonly GlyphRun[] {
    if (column.type !== "text" && column.type !== "link") {
      const whole = style.line(text);
      if (whole.width * NARROWEST <= room) return [new NarrowRun(whole, room)];
    }
    const { lines, cut } = breakLines(style, text, room, this.#mostLines);
    if (cut) this.#warnings.add(`${placeOf(row, column)}: text cut after ${lines.length} lines`);
    return lines;
  }

  #linkOf(cell: Exclude<Cell, null>, row: number, column: Column): Link | undefined {
    if (typeof cell !== "object" || !("href" in cell)) return undefined;
    if (cell.href.length <= LONGEST_HREF) return cell;
    this.#warnings.add(`${placeOf(row, column)}: the address is too long for a link`);
    return undefined;
  }
}

interface RowTools {
  readonly sheet: Sheet;
  readonly styles: Styles;
  readonly missing: MissingCharacters;
  readonly warnings: Warnings;
}

function placeOf(row: number, column: Column): string {
  return `row ${row}, column "${column.key}"`;
}

/** How much text a line of a column holds, in thousandths of the font's size. */
export function roomOf(sheet: Sheet, column: number): number {
  return (((sheet.columns[column]?.width ?? 0) - 2 * sheet.beside) * 1000) / sheet.size;
}
