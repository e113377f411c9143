/** @module Handling of the words that the elements say: replacing them, and filling values into them. */

import type { Words } from "./words/en.ts";

export type { Words } from "./words/en.ts";

type Values = Readonly<Record<string, string>>;

/** Fills values into a text. A placeholder without a value is kept, so that the mistake is visible. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The same in pieces, so that each value can have its own text direction. */
export function pieces(text: string, values: Values): { text: string; isValue: boolean }[] {
  return text
    .split(/\{(\w+)\}/)
    .map((piece, index) =>
      index % 2 === 0
        ? { text: piece, isValue: false }
        : { text: values[piece] ?? `{${piece}}`, isValue: true },
    )
    .filter((piece) => piece.text !== "");
}

/** The words of a language, overridden by the first argument that has them. Values that are not strings are ignored. */
export function wordsWith(base: Words, ...overrides: readonly unknown[]): Words {
  const words: Words = { ...base };
  for (const override of [...overrides].reverse()) {
    for (const [name, text] of Object.entries(override ?? {})) {
      if (name in words && typeof text === "string") words[name as keyof Words] = text;
    }
  }
  return words;
}

/** "PDF" for "cities.pdf"; null if the kind has no file extension. */
export function extensionOf(kind: string): string | null {
  return /\.([a-z0-9]{2,7})$/i.exec(kind)?.[1]?.toUpperCase() ?? null;
}

/** "PDF" for "cities.pdf", "file" if the kind has no file extension. */
export function formatOf(kind: string, words: Words): string {
  return extensionOf(kind) ?? words.file;
}

/** "createdAfter" and "created_after" are "Created after". */
export function asWords(name: string): string {
  const words = name
    .replace(
      /([\p{Ll}\d])(\p{Lu})/gu,
      (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
    )
    .replace(/[_\s-]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
