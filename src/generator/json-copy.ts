/** @module Ensures that a value is JSON before it is stored or sent to another process. */

import type { Json } from "../download/json.ts";
import { messageOf } from "../errors.ts";
import { valueName } from "../text/value-name.ts";

/** Recursion to this depth does not overflow the stack. */
const DEEPEST = 100;

/**
 * The text of a JSON value; members that are `undefined` are left out. Throws a `TypeError` that names the path of
 * anything that JSON would silently drop or change: dates, maps, functions, NaN, cycles.
 */
export function jsonText(value: unknown, name: string): string {
  try {
    check(value, name, []);
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof NotJson) throw error;
    throw new TypeError(`${name} can't be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A deep copy of a JSON value; errors as those of `jsonText`. */
export function jsonCopy(value: unknown, name: string): Json {
  return JSON.parse(jsonText(value, name)) as Json;
}

/** Length of a text in UTF-8 bytes. */
export function sizeOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

class NotJson extends TypeError {
  constructor(path: string, found: string) {
    super(`${path} must be JSON (null, boolean, number, string, array, plain object), not ${found}`);
    this.name = "TypeError";
  }
}

function check(value: unknown, path: string, within: readonly object[]): void {
  if (value === null || typeof value === "boolean" || typeof value === "string") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object") throw new NotJson(path, valueName(value));
  if (within.includes(value)) throw new NotJson(path, "a cycle");
  if (within.length >= DEEPEST) throw new NotJson(path, `something nested more than ${DEEPEST} levels deep`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, [...within, value]);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new NotJson(path, valueName(value));
  }
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) check(member, `${path}.${name}`, [...within, value]);
  }
}
