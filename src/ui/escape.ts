/** @module Escapes text for HTML. */

import { pieces } from "./words.ts";

/** For text and for attribute values in double or single quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `name="value"` with a leading space; nothing for null and undefined. */
export function attribute(name: string, value: string | null | undefined): string {
  return value === null || value === undefined ? "" : ` ${name}="${escapeHtml(value)}"`;
}

/** A hidden form field. */
export function hidden(name: string, value: string): string {
  return `<input type="hidden"${attribute("name", name)}${attribute("value", value)}>`;
}

/** JSON as the value of an attribute. */
export function jsonAttribute(name: string, value: unknown): string {
  return value === null || value === undefined ? "" : attribute(name, JSON.stringify(value));
}

/** Text with its own direction, independent of the page's. */
export function own(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`;
}

/** A text whose values have their own directions. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return pieces(text, values)
    .map((piece) => (piece.isValue ? own(piece.text) : escapeHtml(piece.text)))
    .join("");
}
