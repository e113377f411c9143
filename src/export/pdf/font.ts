/** @module A font of a PDF: which of its glyphs are used, how they are written, and how text becomes glyphs. */

import type { Font } from "fontkit";
import type { LoadedFont } from "./load-fonts.ts";
import { type Shaped, shapedOperators } from "./shaped.ts";

/** A font's part of a saved state. */
export type FontState = {
  /** A bit for each glyph that is used. */
  used: string;
  /** Glyphs that stand for text other than in the font's table, with that text. */
  extras: [glyph: number, text: string][];
  /** The CRC-32 of the font's file. */
  version: number;
};

/** The glyph of one character: its code, and its width in thousandths of the size. */
export interface SingleGlyph {
  readonly code: number;
  readonly width: number;
}

/** A code for a glyph with a text of its own. */
export interface Extra {
  readonly code: number;
  readonly glyph: number;
  readonly text: string;
}

/**
 * Codes for glyphs without a text, such as the dots of Arabic letters: pdf.js then takes the code itself as the text,
 * and these are variation selectors, which print nothing and are skipped when text is searched.
 */
const FIRST_IGNORED = 0xfe00;
const IGNORED = 16;
/** More than the shaped forms of any font; glyphs beyond these have no text of their own in the file. */
const MOST_EXTRAS = 3_000;
const SPACE = 0x20;
const MOST_CACHED_RUNS = 5_000;
const LONGEST_CACHED_RUN = 60;

/**
 * Character codes are two bytes (Identity-H): a glyph's number, or above all of those the number of an extra. An extra
 * is a glyph with a text of its own. Arabic needs them: fonts build several letters from one shape and dots.
 */
export class PdfFont {
  /** Its name in content streams. */
  readonly resource: string;
  readonly source: Font;
  readonly weight: LoadedFont["weight"];
  readonly used: Uint8Array;
  readonly extras: Extra[] = [];
  /** Factor from units of the font to thousandths of its size. */
  readonly scale: number;
  readonly #codes = new Map<string, number>();
  readonly #singles = new Map<number, SingleGlyph>();
  readonly #runs = new Map<string, Shaped>();

  constructor(
    resource: string,
    { font: source, weight }: LoadedFont,
    used: Uint8Array | undefined,
    extras: FontState["extras"],
  ) {
    this.resource = resource;
    this.source = source;
    this.weight = weight;
    this.scale = 1000 / source.unitsPerEm;
    this.used = used ?? new Uint8Array(Math.ceil(source.numGlyphs / 8));
    for (const [glyph, text] of extras) this.#extra(glyph, text);
    this.use(0);
  }

  has(codePoint: number): boolean {
    return this.source.hasGlyphForCodePoint(codePoint);
  }

  use(glyph: number): void {
    this.used[glyph >> 3] = (this.used[glyph >> 3] ?? 0) | (1 << (glyph & 7));
  }

  /** The one glyph of a character that needs no shaping: its code, and its width in thousandths of the size. */
  single(codePoint: number): SingleGlyph {
    const known = this.#singles.get(codePoint);
    if (known !== undefined) return known;
    const glyph = this.source.glyphForCodePoint(codePoint);
    this.use(glyph.id);
    const single = { code: glyph.id, width: glyph.advanceWidth * this.scale };
    this.#singles.set(codePoint, single);
    return single;
  }

  /** Text of one script and direction, in logical order. */
  shape(text: string, rightToLeft: boolean, size: number): Shaped {
    const key = `${rightToLeft ? "<" : ">"}${size} ${text}`;
    const known = this.#runs.get(key);
    if (known !== undefined) return known;
    const run = this.#shape(text, rightToLeft, size);
    if (text.length <= LONGEST_CACHED_RUN) {
      if (this.#runs.size >= MOST_CACHED_RUNS) this.#runs.clear();
      this.#runs.set(key, run);
    }
    return run;
  }

  #shape(text: string, rightToLeft: boolean, size: number): Shaped {
    const { glyphs, positions } = this.source.layout(
      text,
      undefined,
      undefined,
      undefined,
      rightToLeft ? "rtl" : "ltr",
    );
    const shaped = glyphs.map((glyph, index) => {
      const position = positions[index];
      const text = String.fromCodePoint(...glyph.codePoints);
      return {
        code: this.#code(glyph.id, text),
        text,
        ownWidth: glyph.advanceWidth * this.scale,
        advance: (position?.xAdvance ?? 0) * this.scale,
        right: (position?.xOffset ?? 0) * this.scale,
        up: (position?.yOffset ?? 0) * this.scale,
      };
    });
    return shapedOperators(shaped, rightToLeft, size, () => {
      if (!this.has(SPACE)) return undefined;
      const { id, advanceWidth } = this.source.glyphForCodePoint(SPACE);
      return { code: this.#extra(id, ""), width: advanceWidth * this.scale };
    });
  }

  #code(glyph: number, text: string): number {
    const codePoint = text.codePointAt(0);
    const isPlain =
      codePoint !== undefined &&
      String.fromCodePoint(codePoint) === text &&
      this.source.glyphForCodePoint(codePoint).id === glyph;
    if (!isPlain) return this.#extra(glyph, text);
    this.use(glyph);
    return glyph;
  }

  #extra(glyph: number, text: string): number {
    const key = `${glyph} ${text}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    this.use(glyph);
    const code = this.#freeCode(text);
    if (this.extras.length >= MOST_EXTRAS || code >= FIRST_IGNORED + IGNORED) return glyph;
    this.extras.push({ code, glyph, text });
    this.#codes.set(key, code);
    return code;
  }

  #freeCode(text: string): number {
    const ignored = this.extras.filter((extra) => extra.text === "").length;
    if (text === "" && ignored < IGNORED && this.source.numGlyphs <= FIRST_IGNORED)
      return FIRST_IGNORED + ignored;
    const code = this.source.numGlyphs + this.extras.length;
    return code < FIRST_IGNORED ? code : FIRST_IGNORED + IGNORED;
  }
}
