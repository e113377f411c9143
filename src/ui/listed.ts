/** @module Tables that say for each name which words belong to it. */

/** Words are separated by spaces. */
export type Listed<Name extends string> = Readonly<Record<Name, string>>;

/** The name that a word belongs to. */
export function nameFor<Name extends string>(table: Listed<Name>, word: string): Name | undefined {
  const names = Object.keys(table) as Name[];
  return names.find((name) => table[name].split(" ").includes(word));
}
