/** @module The last choices in an export's form in this browser. */

import { type TabMemory, tabMemory } from "../client/tab-memory.ts";
import type { Chosen } from "./export-form.ts";

let memory: TabMemory | null = null;

/** Read at the first use: its storage exists only in browsers. */
function texts(): TabMemory {
  memory ??= tabMemory("carryout-export", () => localStorage);
  return memory;
}

/** Empty if nothing was chosen yet, or it can't be read. */
export function lastChosen(id: string): Chosen {
  try {
    const kept = Object.entries(JSON.parse(texts().get(id) ?? "{}") as object);
    return new Map(
      kept.filter(([, given]) => Array.isArray(given)).map(([name, given]) => [name, given.map(String)]),
    );
  } catch {
    return new Map();
  }
}

/** Values set by the page are not saved: they are not the user's choice. */
export function rememberChosen(id: string, chosen: Chosen, keep: ReadonlySet<string>): void {
  const before = [...lastChosen(id)].filter(([name]) => keep.has(name));
  texts().set(id, JSON.stringify(Object.fromEntries([...before, ...chosen])));
}
