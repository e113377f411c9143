/** @module What a browser remembers about downloads across page loads, if site data is allowed. */

/** A text for each id. */
export interface TabMemory {
  get(id: string): string | undefined;
  set(id: string, text: string): void;
}

const MOST_ENTRIES = 200;

/** `storage` throws if site data is blocked: then it is remembered only until the next page load. */
export function tabMemory(key: string, storage: () => Storage): TabMemory {
  const texts = new Map<string, string>();
  const read = () => {
    try {
      const kept: unknown = JSON.parse(storage().getItem(key) ?? "{}");
      for (const [id, text] of Object.entries(kept ?? {})) texts.set(id, String(text));
    } catch {
      // Blocked, or foreign data: what is kept is only a convenience.
    }
  };
  read();
  return {
    get: (id) => texts.get(id),
    set(id, text) {
      read(); // another tab may have added to it
      texts.delete(id);
      texts.set(id, text);
      for (const oldest of [...texts.keys()].slice(0, -MOST_ENTRIES)) texts.delete(oldest);
      try {
        storage().setItem(key, JSON.stringify(Object.fromEntries(texts)));
      } catch {
        // Full or blocked.
      }
    },
  };
}
