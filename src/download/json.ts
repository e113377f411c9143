/** @module JSON values and their canonical text. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * The canonical text of a JSON value: members sorted by UTF-16 code units, no white space, `undefined` members omitted
 * (following RFC 8785). Two values that are equal as JSON have the same text.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
