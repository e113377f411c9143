/** @module Random garbage, drawn from the seed: text, numbers and JSON that trip up programs. */

import type { Chance } from "../sim/chance.ts";

const PIECES = [
  "..",
  "../",
  "..%2f",
  "%2e%2e/",
  "%00",
  "%0d%0aX-Evil:1",
  "%ff",
  "%c0%af",
  "%",
  "%zz",
  "%u0041",
  "\\",
  "//",
  ";",
  "?",
  "#",
  "&",
  "=",
  "'",
  '"',
  "<script>",
  "{{7}}",
  "é",
  "\u{1f600}",
  "\ud800",
  "\u202e",
  "\u0000",
  " ",
  "\t",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "undefined",
  "NaN",
  "true",
  "-1",
  "0",
  "1e999",
  "events",
  "default",
  "*",
  "W/",
  "bytes=",
  "v1.",
  "aaaaaaaaaaaaaaaaaaaaaa",
  "A".repeat(300),
];

export function piece(chance: Chance): string {
  return chance.pick(PIECES);
}

export function text(chance: Chance, most = 6): string {
  return Array.from({ length: chance.whole(0, most) }, () =>
    chance.is(0.5) ? piece(chance) : String.fromCodePoint(chance.whole(33, 126)),
  ).join("");
}

/** The text with one to three changes: characters replaced, dropped, doubled or moved, or garbage inserted. */
export function mutated(chance: Chance, original: string): string {
  let changed = original;
  for (let times = chance.whole(1, 3); times > 0; times--) {
    const at = chance.whole(0, changed.length);
    changed = chance.pick([
      () => changed.slice(0, at),
      () => changed.slice(0, at) + changed.slice(at + 1),
      () => changed.slice(0, at) + piece(chance) + changed.slice(at),
      () => changed.slice(0, at) + String.fromCodePoint(chance.whole(32, 126)) + changed.slice(at + 1),
      () => changed + changed.slice(at),
      () => changed.slice(at) + changed.slice(0, at),
      () => changed.toUpperCase(),
    ])();
  }
  return changed;
}

const NUMBERS = [0, -0, 1, -1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21, 1e308, 5e-324];

export function json(chance: Chance, depth = 3): unknown {
  const kinds = depth > 0 ? 7 : 5;
  switch (chance.whole(0, kinds)) {
    case 0:
      return null;
    case 1:
      return chance.is(0.5);
    case 2:
      return chance.pick(NUMBERS);
    case 3:
    case 4:
    case 5:
      return text(chance);
    case 6:
      return Array.from({ length: chance.whole(0, 4) }, () => json(chance, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: chance.whole(0, 4) }, () => [text(chance, 2), json(chance, depth - 1)]),
      );
  }
}
