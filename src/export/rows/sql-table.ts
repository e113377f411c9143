/** @module Rows as lists of values, as databases send them, made into objects. */

import type { SqlRow } from "./sql-driver.ts";

/** The first values of each list under these names; what follows in a list is left out. */
export function toObjects(lists: readonly (readonly unknown[])[], names: readonly string[]): SqlRow[] {
  // A copy of one that has all properties is quicker than adding them one by one.
  const empty: SqlRow = Object.fromEntries(names.map((name) => [name, null]));
  return lists.map((list) => {
    const row = { ...empty };
    for (let index = 0; index < names.length; index += 1) row[names[index]!] = list[index];
    return row;
  });
}
