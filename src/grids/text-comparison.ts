/** @module How text is compared in memory: as the grids compare it. */

import type { TextComparison } from "./filter.ts";

/** Compares base letters: "É", "e" and "é" are equal. */
const baseLetters = new Intl.Collator(undefined, { sensitivity: "base", usage: "search" });

export function foldCase(text: string): string {
  return text.toLowerCase();
}

export function foldAccents(text: string): string {
  return foldCase(text.normalize("NFD").replace(/\p{Mn}/gu, ""));
}

export function areEqual(a: string, b: string, { caseSensitive, ignoreAccents }: TextComparison): boolean {
  if (ignoreAccents) return baseLetters.compare(a, b) === 0;
  return caseSensitive ? a === b : foldCase(a) === foldCase(b);
}
