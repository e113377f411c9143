/** @module Slots with a button on the page: the button announces them, and the tray stays silent. */

import type { DownloadStore } from "../client/download-store.ts";

const spoken = new WeakMap<DownloadStore, string[]>();

/** In effect until the returned function is called. */
export function speakFor(store: DownloadStore, slot: string): () => void {
  spoken.set(store, [...(spoken.get(store) ?? []), slot]);
  return () => {
    const slots = [...(spoken.get(store) ?? [])];
    slots.splice(slots.indexOf(slot), 1);
    spoken.set(store, slots);
  };
}

export function isSpokenFor(store: DownloadStore, slot: string): boolean {
  return spoken.get(store)?.includes(slot) ?? false;
}
