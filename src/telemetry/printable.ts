/** @module Text that a visitor may have written, as a terminal or a reader of logs can show it without harm. */

/**
 * Control characters, and formatting characters that change the order or look of the surrounding text; not the two
 * joiners, which several scripts need.
 */
const HARMFUL = /(?![\n\t\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const HARMFUL_OR_BREAK = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Escape sequences and the like as `\u001b`: as JSON writes them, so that a JSON text stays the same value. */
export function printable(text: string): string {
  return text.replace(HARMFUL, escaped);
}

/** The same, with line breaks escaped as well: one line stays one line. */
export function printableLine(text: string): string {
  return text.replace(HARMFUL_OR_BREAK, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
