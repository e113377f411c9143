/** @module What a request asks for, as a short text: equal for equal requests. */

import type { StartRequest } from "./downloads-api.ts";

/** Covers kind and parameters, regardless of the order of their members. */
export function askOf({ kind, params }: Pick<StartRequest, "kind" | "params">): string {
  const sorted = (_name: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return hash(`${kind}\n${JSON.stringify(params ?? null, sorted)}`);
}

/** 64 bits from two FNV-1a hashes: distinguishes one page's requests, not meant for secrets. */
function hash(text: string): string {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return [a, b].map((half) => (half >>> 0).toString(36)).join("-");
}
