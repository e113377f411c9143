/** @module Paper, margins and the columns on it. Lengths are in twentieths of a point: whole numbers print short. */

import type { Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { CellText } from "./cell-text.ts";
import { pieces, printable } from "./characters.ts";
import type { PdfOptions } from "./options.ts";
import type { Style } from "./style.ts";

/** Units to a point. */
export const UNITS = 20;

const PAPERS = { A4: [11_906, 16_838], Letter: [12_240, 15_840] } as const;
const SIDE = 36 * UNITS;
const TOP = 36 * UNITS;
const BOTTOM = 42 * UNITS;
/** As factors of the font's size: the padding at each side of a cell, and the least and usual widths of its text. */
const PADDING = 0.6;
const NARROWEST = 2.4;
const WIDEST_WORD = 12;
const WIDEST_TEXT = 30;
/** Average width of a character. */
const CHARACTER = 0.53;
/** A table may be set this much smaller to fit, and columns this much wider than they need to fill the line. */
const SMALLER = [1, 0.93, 0.86, 0.8] as const;
const WIDER = 1.6;
const SAMPLE = 1000;
const SLACK = 0.6;

/** The layout chosen once for a file, from the table and its first batch. */
export type Measures = {
  landscape: boolean;
  /** The text's font size. */
  size: number;
  widths: number[];
};

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** The lowest edge of rows. */
  readonly bottom: number;
  readonly size: number;
  /** The distance between lines, and the padding above, below and beside the text of a cell. */
  readonly leading: number;
  readonly above: number;
  readonly beside: number;
  /** Left edges and widths, in the table's order. */
  readonly columns: readonly { readonly x: number; readonly width: number }[];
  /** The left edge and width of all columns together. */
  readonly tableLeft: number;
  readonly tableWidth: number;
}

export function paperSize(options: PdfOptions, landscape: boolean): readonly [width: number, height: number] {
  const [short, long] = PAPERS[options.paper ?? "A4"];
  return landscape ? [long, short] : [short, long];
}

/** The most columns that a page of this kind holds. */
export function mostColumns(options: PdfOptions): number {
  const [width] = paperSize(options, options.orientation !== "portrait");
  const size = baseSize(options) * (SMALLER.at(-1) ?? 1);
  return Math.floor((width - 2 * SIDE) / (size * (NARROWEST + 2 * PADDING)));
}

function baseSize(options: PdfOptions): number {
  return (options.fontSize ?? 8) * UNITS;
}

export function sheetOf(options: PdfOptions, measures: Measures, rightToLeft: boolean): Sheet {
  const [width, height] = paperSize(options, measures.landscape);
  const { size, widths } = measures;
  const tableWidth = widths.reduce((sum, each) => sum + each, 0);
  const tableLeft = rightToLeft ? width - SIDE - tableWidth : SIDE;
  let x = rightToLeft ? tableLeft + tableWidth : tableLeft;
  const columns = widths.map((each) => {
    const column = { x: rightToLeft ? x - each : x, width: each };
    x += rightToLeft ? -each : each;
    return column;
  });
  return {
    width,
    height,
    left: SIDE,
    right: width - SIDE,
    top: height - TOP,
    bottom: BOTTOM,
    size,
    leading: Math.round(size * 1.32),
    above: Math.round(size * 0.3),
    beside: Math.round(size * PADDING),
    columns,
    tableLeft,
    tableWidth,
  };
}

/** In sizes of the font, without padding. */
interface Need {
  readonly least: number;
  readonly usual: number;
  readonly fixed: boolean;
}

export function measure(
  columns: readonly Column[],
  texts: readonly CellText[],
  rows: readonly Row[],
  styles: { readonly regular: Style; readonly bold: Style },
  options: PdfOptions,
): Measures {
  const sample = rows.slice(0, SAMPLE);
  const needs = columns.map((column, index) => {
    const style = column.bold ? styles.bold : styles.regular;
    const found = sample.flatMap((row) => {
      const cell = row[index] ?? null;
      return cell === null ? [] : [printable((texts[index] ?? String)(cell).slice(0, 200))];
    });
    return need(column, found, style, styles.bold);
  });
  const padding = 2 * PADDING * columns.length;
  const usual = padding + needs.reduce((sum, each) => sum + each.usual, 0);
  const least = padding + needs.reduce((sum, each) => sum + each.least, 0);
  const { landscape, size } = choose(options, usual, least);
  const room = (paperSize(options, landscape)[0] - 2 * SIDE) / size;
  return {
    landscape,
    size,
    widths: distribute(needs, room - padding).map((width) => Math.floor((width + 2 * PADDING) * size)),
  };
}

function need(column: Column, texts: readonly string[], style: Style, head: Style): Need {
  if (column.width !== undefined) {
    const width = column.width * CHARACTER;
    return { least: width, usual: width, fixed: true };
  }
  const title = printable(column.title);
  const widest = (style: Style, found: readonly string[]): number =>
    found.reduce((most, text) => Math.max(most, style.measure(text) / 1000), 0);
  const titleWord = Math.min(
    WIDEST_WORD,
    widest(
      head,
      pieces(title).map((piece) => piece.trim()),
    ),
  );
  // Later values may be a digit or two longer.
  const natural = widest(style, texts) + SLACK;
  const breaks = column.type === "text" || column.type === "link";
  // Numbers and times don't break.
  if (!breaks) {
    const width = Math.max(NARROWEST, titleWord, natural);
    return { least: width, usual: width, fixed: false };
  }
  const words = texts.flatMap((text) => pieces(text).map((piece) => piece.trim()));
  const least = Math.max(NARROWEST, titleWord, Math.min(WIDEST_WORD, widest(style, words)));
  const usual = Math.max(least, Math.min(WIDEST_TEXT, Math.max(natural, widest(head, [title]))));
  return { least, usual, fixed: false };
}

/** The first fit: portrait before landscape, large before small; narrower columns if the usual ones never fit. */
function choose(options: PdfOptions, usual: number, least: number): { landscape: boolean; size: number } {
  const orientation = options.orientation ?? "auto";
  const ways = orientation === "auto" ? [false, true] : [orientation === "landscape"];
  const all = SMALLER.flatMap((factor) =>
    ways.map((landscape) => ({ landscape, size: Math.round(baseSize(options) * factor) })),
  );
  for (const wanted of [usual, (usual + least) / 2, least]) {
    const fitting = all.find(
      ({ landscape, size }) => wanted * size <= paperSize(options, landscape)[0] - 2 * SIDE,
    );
    if (fitting !== undefined) return fitting;
  }
  return all.at(-1) ?? { landscape: true, size: baseSize(options) };
}

/** The widths, reduced to the room: only the widest shrink. */
function levelled(widths: readonly number[], room: number): number[] {
  let rest = room;
  let left = widths.length;
  const shares = new Map<number, number>();
  for (const [index, width] of [...widths.entries()].sort(([, a], [, b]) => a - b)) {
    const share = Math.min(width, rest / left);
    shares.set(index, share);
    rest -= share;
    left -= 1;
  }
  return widths.map((_, index) => shares.get(index) ?? 0);
}

/** Distributes the room on a line. */
function distribute(needs: readonly Need[], room: number): number[] {
  const least = needs.reduce((sum, each) => sum + each.least, 0);
  const usual = needs.reduce((sum, each) => sum + each.usual, 0);
  if (least >= room)
    return levelled(
      needs.map((each) => each.least),
      room,
    );
  if (usual > room) {
    const part = (room - least) / (usual - least);
    return needs.map((each) => each.least + (each.usual - each.least) * part);
  }
  const growing = needs.reduce((sum, each) => sum + (each.fixed ? 0 : each.usual), 0);
  const factor = growing === 0 ? 1 : Math.min(WIDER, (room - usual + growing) / growing);
  return needs.map((each) => (each.fixed ? each.usual : each.usual * factor));
}
