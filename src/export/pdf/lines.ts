/** @module Text broken into the lines of a cell. */

import { hasRightToLeft, paragraphs, pieces, printable } from "./characters.ts";
import type { GlyphRun } from "./content.ts";
import { directionLevels, lineRuns } from "./direction.ts";
import type { Style } from "./style.ts";

export interface Lines {
  readonly lines: readonly GlyphRun[];
  /** True when text is left out; the last line then ends in "…". */
  readonly cut: boolean;
}

const ELLIPSIS = "…";
/** No text is narrower on average: text beyond what all lines could then hold is cut without being measured. */
const NARROWEST = 180;

/** At most `most` lines, none wider than `widest` (in thousandths of the size) unless one character is. */
export function breakLines(style: Style, text: string, widest: number, most: number): Lines {
  const simple = style.simple(text, widest);
  if (simple !== undefined) return { lines: [simple], cut: false };
  const longest = Math.ceil(widest / NARROWEST) * most;
  const lines: GlyphRun[] = [];
  let cut = text.length > longest;
  for (const raw of paragraphs(cut ? text.slice(0, longest) : text)) {
    if (lines.length === most) {
      cut = true;
      break;
    }
    const paragraph = new Paragraph(style, printable(raw));
    for (const { start, end } of paragraph.broken(widest)) {
      if (lines.length < most - 1 || (end === paragraph.text.length && !cut)) {
        lines.push(paragraph.line(start, end));
      } else {
        lines.push(shortened(style, paragraph.text.slice(start), widest));
        return { lines, cut: true };
      }
    }
  }
  return { lines, cut };
}

/** The longest prefix that fits with "…" after it. */
export function shortened(style: Style, text: string, widest: number): GlyphRun {
  const room = widest - style.measure(ELLIPSIS);
  let end = 0;
  let width = 0;
  for (const cluster of clusters(text)) {
    width += style.measure(cluster);
    if (width > room) break;
    end += cluster.length;
  }
  return style.line(text.slice(0, end).trimEnd() + ELLIPSIS);
}

class Paragraph {
  readonly text: string;
  readonly #style: Style;
  readonly #levels: Uint8Array | undefined;

  constructor(style: Style, text: string) {
    this.#style = style;
    this.text = text;
    this.#levels = hasRightToLeft(text) ? directionLevels(text) : undefined;
  }

  line(start: number, end: number): GlyphRun {
    const text = this.text.slice(start, end).trimEnd();
    if (this.#levels === undefined) return this.#style.line(text);
    return this.#style.directed(lineRuns(this.text, this.#levels, start, start + text.length));
  }

  /** Where its lines begin and end, each as long as it can be. */
  *broken(widest: number): Generator<{ start: number; end: number }> {
    let start = 0;
    let end = 0;
    let width = 0;
    for (const piece of this.#fitting(widest)) {
      const own = this.#style.measure(piece);
      const isSpace = piece.trim() === "";
      if (!isSpace && width + own > widest && end > start) {
        yield { start, end };
        start = end;
        width = 0;
      }
      end += piece.length;
      width += own;
      if (isSpace && start === end - piece.length) {
        // A line begins with a word; only a paragraph may begin with spaces.
        if (start > 0) {
          start = end;
          width = 0;
        }
      }
    }
    yield { start, end };
  }

  /** Pieces after which a line may break; those too wide for a line are divided. */
  *#fitting(widest: number): Generator<string> {
    for (const piece of pieces(this.text)) {
      if (this.#style.measure(piece) <= widest) {
        yield piece;
        continue;
      }
      yield* this.#parts(piece, widest);
    }
  }

  *#parts(piece: string, widest: number): Generator<string> {
    let start = 0;
    while (start < piece.length) {
      const end = this.#style.simpleEnd(piece, start, widest);
      if (end === undefined) break;
      yield piece.slice(start, end);
      start = end;
    }
    if (start === piece.length) return;
    let part = "";
    let width = 0;
    for (const cluster of clusters(piece.slice(start))) {
      const own = this.#style.measure(cluster);
      if (part !== "" && width + own > widest) {
        yield part;
        part = "";
        width = 0;
      }
      part += cluster;
      width += own;
    }
    yield part;
  }
}

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** A character as readers perceive it, with its marks. */
function clusters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
