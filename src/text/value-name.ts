/** @module Describes a value for error messages: "expected text, not the number 42". */

import { readProperty } from "./thrown.ts";

const LONGEST = 60;

/** Never throws, and never shows a string's content, since it may be a secret. */
export function valueName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value === "") return "an empty string";
  switch (typeof value) {
    case "string":
      return "a string";
    case "number":
      return `the number ${value}`;
    case "bigint":
      return "a bigint";
    case "object":
      return objectName(value);
    default:
      return `a ${typeof value}`;
  }
}

function objectName(value: object): string {
  const name = readProperty(readProperty(value, "constructor"), "name");
  if (typeof name !== "string" || name === "" || name === "Object") return "an object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name.slice(0, LONGEST)}`;
}
