/** @module The order of text on a line, where some of it runs to the left (Unicode's UAX 9, by bidi-js). */

import bidiJs, { type Bidi } from "bidi-js";

export interface DirectionRun {
  readonly text: string;
  readonly rightToLeft: boolean;
}

interface Level {
  text: string;
  readonly level: number;
}

/** The package is CommonJS, although its types declare an ES module. */
const bidi = (bidiJs as unknown as () => Bidi)();

/** A line as runs of one direction each, from left to right; the text of each is in logical order. */
export function directionRuns(text: string): DirectionRun[] {
  return lineRuns(text, directionLevels(text), 0, text.length);
}

/** The level of each UTF-16 unit of a paragraph: odd for right-to-left text. */
export function directionLevels(paragraph: string): Uint8Array {
  return bidi.getEmbeddingLevels(paragraph).levels;
}

/** The levels of a line within a paragraph. */
export function lineRuns(paragraph: string, levels: Uint8Array, start: number, end: number): DirectionRun[] {
  const runs: Level[] = [];
  for (let index = start; index < end; index += 1) {
    const level = levels[index] ?? 0;
    const unit = paragraph[index] ?? "";
    const character = level % 2 === 1 ? (bidi.getMirroredCharacter(unit) ?? unit) : unit;
    const last = runs.at(-1);
    if (last !== undefined && last.level === level) last.text += character;
    else runs.push({ text: character, level });
  }
  return reordered(runs).map(({ text, level }) => ({ text, rightToLeft: level % 2 === 1 }));
}

/** Rule L2: from the highest level to the lowest odd one, sequences at that level or above are reversed. */
function reordered(runs: Level[]): Level[] {
  const highest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    for (let from = 0; from < runs.length; from += 1) {
      let to = from;
      while (to < runs.length && (runs[to]?.level ?? 0) >= level) to += 1;
      if (to - from > 1) runs.splice(from, to - from, ...runs.slice(from, to).toReversed());
      from = Math.max(from, to);
    }
  }
  return runs;
}
