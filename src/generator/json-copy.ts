/** @module Makes sure that a value is JSON before it is stored or crosses to another thread. */

import type { Json } from "../download/json.ts";

/**
 * A deep copy of a JSON value; members that are `undefined` are left out. Throws a `TypeError` that names the place
 * for everything that JSON would drop or change in silence: dates, maps, functions, NaN, cycles.
 */
export function jsonCopy(value: unknown, name: string): Json {
  check(value, name, []);
  return JSON.parse(JSON.stringify(value)) as Json;
}

function check(value: unknown, path: string, within: readonly object[]): void {
  if (value === null || typeof value === "boolean" || typeof value === "string") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  if (typeof value !== "object")
    throw notJson(path, typeof value === "number" ? String(value) : typeof value);
  if (within.includes(value)) throw notJson(path, "a cycle");
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) check(item, `${path}[${index}]`, [...within, value]);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notJson(path, `a ${value.constructor?.name ?? "class instance"}`);
  }
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) check(member, `${path}.${name}`, [...within, value]);
  }
}

function notJson(path: string, found: string): TypeError {
  return new TypeError(
    `${path} must be JSON (null, boolean, number, string, array, plain object), not ${found}`,
  );
}
