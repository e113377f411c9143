/** @module Text in one size and weight: its width, and its glyphs as operators of a content stream. */

import { hasRightToLeft, isJoined, isSingle } from "./characters.ts";
import { type Content, codeBytes, type GlyphRun } from "./content.ts";
import { type DirectionRun, directionRuns } from "./direction.ts";
import type { PdfFont } from "./font.ts";
import type { MissingCharacters } from "./missing.ts";
import type { Shaped } from "./shaped.ts";

/** Characters that look alike, for fonts that lack the first. */
const ALIKE: Readonly<Record<string, string>> = {
  "\u00a0": " ",
  "\u202f": "\u00a0",
  "\u2007": "\u00a0",
  "\u2009": "\u00a0",
  "\u2010": "-",
  "\u2011": "-",
  "\u2212": "-",
  "\u200e": "",
  "\u200f": "",
  "\u061c": "",
  "\u200c": "",
  "\u200d": "",
};

const UNKNOWN = -1;
const NOT_SINGLE = -2;
const MOST_CACHED_WORDS = 5_000;
/** V8 copies only substrings up to this length; longer ones keep the whole text in memory. */
const LONGEST_CACHED_WORD = 12;

/** A part of a text in one font. */
interface FontRun {
  readonly font: PdfFont;
  text: string;
  /** Whether each character can be set by itself. */
  single: boolean;
}

export class Style {
  /** In units of the content streams. */
  readonly size: number;
  /** Tried in this order for each character; the first is selected before and after the operators. */
  readonly fonts: readonly PdfFont[];
  readonly #missing: MissingCharacters;
  /** The width of each UTF-16 unit, in thousandths of the size, if the first font has it and it needs no shaping. */
  readonly #widths = new Float64Array(65_536).fill(UNKNOWN);
  readonly #codes = new Uint16Array(65_536);
  readonly #measured = new Map<string, number>();
  #isMeasuring = false;

  constructor(size: number, fonts: readonly PdfFont[], missing: MissingCharacters) {
    this.size = size;
    this.fonts = fonts;
    this.#missing = missing;
  }

  /** The operator that selects the style. */
  get select(): string {
    return `/${this.#first.resource} ${this.size} Tf`;
  }

  get #first(): PdfFont {
    const [first] = this.fonts;
    if (first === undefined) throw new TypeError("a style has at least one font, not none");
    return first;
  }

  /** A line of text with one glyph of the first font for each character; undefined if impossible or too wide. */
  simple(text: string, widest: number): GlyphRun | undefined {
    const width = this.#simpleWidth(text, widest);
    return width === undefined ? undefined : new SimpleRun(text, this.#codes, width);
  }

  #simpleWidth(text: string, widest: number): number | undefined {
    const widths = this.#widths;
    let width = 0;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      let advance = widths[unit] ?? UNKNOWN;
      if (advance === UNKNOWN) advance = this.#learn(unit);
      if (advance === NOT_SINGLE) return undefined;
      width += advance;
      if (width > widest) return undefined;
    }
    return width;
  }

  #learn(unit: number): number {
    const character = String.fromCharCode(unit);
    let width = NOT_SINGLE;
    if (isSingle(character) && this.#first.has(unit)) {
      const glyph = this.#first.single(unit);
      this.#codes[unit] = glyph.code;
      width = glyph.width;
    }
    this.#widths[unit] = width;
    return width;
  }

  /** The width of the text on a line of its own, in thousandths of the size. */
  measure(text: string): number {
    const simple = this.#simpleWidth(text, Number.POSITIVE_INFINITY);
    if (simple !== undefined) return simple;
    const known = this.#measured.get(text);
    if (known !== undefined) return known;
    this.#isMeasuring = true;
    const { width } = this.line(text);
    this.#isMeasuring = false;
    if (text.length <= LONGEST_CACHED_WORD) {
      if (this.#measured.size >= MOST_CACHED_WORDS) this.#measured.clear();
      this.#measured.set(text, width);
    }
    return width;
  }

  /** The end of the part from `start` that fits, at least one character; undefined if it isn't simple. */
  simpleEnd(text: string, start: number, widest: number): number | undefined {
    let width = 0;
    let end = start;
    for (; end < text.length; end += 1) {
      const own = this.#simpleWidth(text[end] ?? "", Number.POSITIVE_INFINITY);
      if (own === undefined) return undefined;
      width += own;
      if (width > widest && end > start) break;
    }
    return end;
  }

  /** A line of any text without line ends and control characters. */
  line(text: string): GlyphRun {
    const simple = this.simple(text, Number.POSITIVE_INFINITY);
    if (simple !== undefined) return simple;
    const directions = hasRightToLeft(text) ? directionRuns(text) : [{ text, rightToLeft: false }];
    return this.directed(directions);
  }

  /** Runs of one direction each, in visual order. */
  directed(directions: readonly DirectionRun[]): GlyphRun {
    let operators = "";
    let width = 0;
    let selected = this.#first;
    for (const direction of directions) {
      const runs = this.#fontRuns(direction.text);
      if (direction.rightToLeft) runs.reverse();
      for (const run of runs) {
        const glyphs = this.#set(run, direction.rightToLeft);
        if (run.font !== selected) operators += `/${run.font.resource} ${this.size} Tf `;
        selected = run.font;
        operators += glyphs.operators;
        width += glyphs.width;
      }
    }
    if (selected !== this.#first) operators += ` ${this.select}`;
    return new MixedRun(operators, width);
  }

  #set(run: FontRun, rightToLeft: boolean): Shaped {
    if (!run.single || rightToLeft) return run.font.shape(run.text, rightToLeft, this.size);
    let codes = "";
    let width = 0;
    for (const character of run.text) {
      const glyph = run.font.single(character.codePointAt(0) ?? 0);
      codes += codeBytes(glyph.code);
      width += glyph.width;
    }
    return { operators: `(${codes})Tj`, width };
  }

  /** Each character with its first font. Characters that scripts share (spaces, digits) stay with their neighbours. */
  #fontRuns(text: string): FontRun[] {
    const runs: FontRun[] = [];
    for (const character of text) {
      const last = runs.at(-1);
      const codePoint = character.codePointAt(0) ?? 0;
      const single = isSingle(character);
      if (last !== undefined && (isJoined(character) || character === " ") && last.font.has(codePoint)) {
        last.text += character;
        last.single &&= single;
        continue;
      }
      const found = this.#find(character, codePoint);
      if (found.text === "") continue;
      if (last !== undefined && last.font === found.font && last.single === single) last.text += found.text;
      else runs.push({ ...found, single });
    }
    return runs;
  }

  #find(character: string, codePoint: number): { font: PdfFont; text: string } {
    const font = this.fonts.find((candidate) => candidate.has(codePoint));
    if (font !== undefined) return { font, text: character };
    const missing = this.#missing;
    const other = ALIKE[character] ?? (this.#isMeasuring ? missing.ignored() : missing.found(codePoint));
    const otherPoint = other.codePointAt(0);
    if (otherPoint === undefined) return { font: this.#first, text: "" };
    return this.#find(other, otherPoint);
  }
}

/** One glyph of the style's first font for each UTF-16 unit. */
class SimpleRun implements GlyphRun {
  readonly width: number;
  readonly #text: string;
  readonly #codes: Uint16Array;

  constructor(text: string, codes: Uint16Array, width: number) {
    this.#text = text;
    this.#codes = codes;
    this.width = width;
  }

  draw(content: Content): void {
    content.show(this.#text, this.#codes);
  }
}

/** Several fonts, or glyphs that were shaped. */
class MixedRun implements GlyphRun {
  readonly width: number;
  readonly #operators: string;

  constructor(operators: string, width: number) {
    this.#operators = operators;
    this.width = width;
  }

  draw(content: Content): void {
    content.text(this.#operators);
  }
}

/** A line set narrower than its letters. */
export class NarrowRun implements GlyphRun {
  readonly width: number;
  readonly #run: GlyphRun;
  readonly #percent: number;

  /** Narrowed just enough to fit into `room`. */
  constructor(run: GlyphRun, room: number) {
    this.#run = run;
    this.#percent = Math.min(100, Math.floor((room * 100) / run.width));
    this.width = (run.width * this.#percent) / 100;
  }

  draw(content: Content): void {
    content.text(`${this.#percent} Tz `);
    this.#run.draw(content);
    content.text(" 100 Tz");
  }
}

/** The styles of a page. */
export interface Styles {
  readonly regular: Style;
  readonly bold: Style;
  readonly title: Style;
  readonly foot: Style;
}
