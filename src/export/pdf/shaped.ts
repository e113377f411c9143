/** @module Glyphs that were shaped, as operators: some are moved, and some form one letter together. */

import { codeBytes } from "./content.ts";
import { utf16Hex } from "./objects.ts";

/** Glyphs as operators of a text object that has their font selected, and their width in thousandths of its size. */
export interface Shaped {
  readonly operators: string;
  readonly width: number;
}

/** Lengths are in thousandths of the font's size. */
export interface ShapedGlyph {
  readonly code: number;
  /** Its text; empty for a part of a letter, such as the dots of an Arabic one. */
  readonly text: string;
  /** How far the reader's pen moves, and how far it should. */
  readonly ownWidth: number;
  readonly advance: number;
  /** The offset from its normal position. */
  readonly right: number;
  readonly up: number;
}

/**
 * `glyphs` are in visual order, `size` is the font's. `blank` prints nothing and has
 * no text: readers take a letter to reach from its first glyph to its last, so a blank is drawn where it should end.
 */
export function shapedOperators(
  glyphs: readonly ShapedGlyph[],
  rightToLeft: boolean,
  size: number,
  blank: () => { code: number; width: number } | undefined,
): Shaped {
  const pen = new Pen(size);
  let width = 0;
  for (const cluster of clusters(glyphs, rightToLeft)) {
    const isOneLetter = cluster.length > 1 && cluster.some(({ text }) => text === "");
    const placed = cluster.map((glyph) => {
      const at = width + glyph.right;
      width += glyph.advance;
      return { ...glyph, at };
    });
    if (!isOneLetter) {
      for (const glyph of placed) pen.draw(glyph);
      continue;
    }
    pen.begin(cluster.map(({ text }) => text).join(""));
    for (const glyph of placed.filter(({ text }) => text !== "")) pen.draw(glyph);
    for (const glyph of placed.filter(({ text }) => text === "")) pen.draw(glyph);
    const end = blank();
    if (end !== undefined) pen.draw({ code: end.code, ownWidth: end.width, at: width - end.width, up: 0 });
    pen.end();
  }
  return { operators: pen.close(width), width };
}

/** A glyph with the following glyphs that have no text of their own, in the order of the text. */
function clusters(glyphs: readonly ShapedGlyph[], rightToLeft: boolean): ShapedGlyph[][] {
  const found: ShapedGlyph[][] = [];
  let isOpen = false;
  for (const glyph of glyphs) {
    const begins = rightToLeft ? !isOpen : glyph.text !== "" || found.length === 0;
    if (begins) found.push([glyph]);
    else found.at(-1)?.push(glyph);
    isOpen = glyph.text === "";
  }
  return found;
}

class Pen {
  readonly #size: number;
  #operators = "";
  /** Of the operator TJ: strings, and movements to the left. */
  #array = "";
  #rise = 0;
  #at = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Readers take the glyphs drawn up to `end` for this text (ISO 32000-1, 14.9.4). */
  begin(text: string): void {
    this.#flush();
    this.#operators += `/Span<</ActualText<FEFF${utf16Hex(text)}>>>BDC `;
  }

  end(): void {
    this.#flush();
    this.#operators += "EMC ";
  }

  draw({ code, ownWidth, at, up }: { code: number; ownWidth: number; at: number; up: number }): void {
    const rise = Math.round((up * this.#size) / 1000);
    if (rise !== this.#rise) {
      this.#flush();
      this.#operators += `${rise} Ts `;
      this.#rise = rise;
    }
    this.#moveTo(at);
    this.#array += `(${codeBytes(code)})`;
    this.#at += ownWidth;
  }

  close(end: number): string {
    this.#moveTo(end);
    this.#flush();
    if (this.#rise !== 0) this.#operators += "0 Ts ";
    return this.#operators.trimEnd();
  }

  #moveTo(at: number): void {
    const right = Math.round(at - this.#at);
    if (right !== 0) this.#array += `${-right}`;
    this.#at += right;
  }

  #flush(): void {
    if (this.#array !== "") this.#operators += `[${this.#array}]TJ `;
    this.#array = "";
  }
}
