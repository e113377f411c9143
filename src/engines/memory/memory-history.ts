/** @module The history in the memory of one process. */

import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { downloadKey, ownerOf, userPrefix } from "../../download/key.ts";
import { inHistoryOrder } from "../../download/order.ts";
import type { Found, History, HistoryPage } from "../../ports/history.ts";
import { matchesOf, placeAt } from "../../ports/history-cursor.ts";
import type { Stored, Version } from "../../ports/repo.ts";
import { foundOf, listed, storedOf } from "../../ports/stored-text.ts";
import type { MemoryStore } from "./memory-store.ts";

export function memoryHistory({ history, index }: MemoryStore, checkOpen: () => void): History {
  const write = (key: string, download: Download): Version => {
    index.note(key, download.expiresAt);
    return history.put(key, encodeDownload(download));
  };
  return {
    async put(download) {
      checkOpen();
      const key = downloadKey(download.user, download.id);
      if (index.wasRemoved(key)) return false;
      if (history.get(key) === undefined) write(key, download);
      return true;
    },

    async fetch(key) {
      checkOpen();
      const entry = history.get(key);
      return entry === undefined ? null : storedOf(entry);
    },

    async find(id): Promise<Found | null> {
      checkOpen();
      const entry = history.get(index.keyOf(id) ?? "");
      return entry === undefined ? null : foundOf(entry);
    },

    async list(user: string, { limit, after }: HistoryPage): Promise<Stored[]> {
      checkOpen();
      return listed(history.entries(ownerOf(userPrefix(user))))
        .filter(({ download }) => after === undefined || inHistoryOrder(after, download) < 0)
        .sort((a, b) => inHistoryOrder(a.download, b.download))
        .slice(0, limit);
    },

    async size(user) {
      checkOpen();
      return [...history.entries(ownerOf(userPrefix(user)))].length;
    },

    async update(download, version) {
      checkOpen();
      const key = downloadKey(download.user, download.id);
      return history.get(key)?.version === version ? write(key, download) : null;
    },

    async remove(key) {
      checkOpen();
      const wasThere = history.get(key) !== undefined;
      index.keepAway(key);
      index.forget(key);
      history.delete(key);
      return wasThere;
    },

    async expired(until, limit) {
      checkOpen();
      const expiry = ({ download }: Stored) => download.expiresAt ?? Number.POSITIVE_INFINITY;
      const entries = [...index.until(until)].flatMap((key) => history.get(key) ?? []);
      return listed(entries)
        .filter((stored) => expiry(stored) <= until)
        .sort((a, b) => expiry(a) - expiry(b))
        .slice(0, limit);
    },

    async search({ kind, state, limit, after }) {
      checkOpen();
      const place = placeAt(after);
      const matching = listed(history.entries())
        .filter(({ download }) => kind === undefined || download.kind === kind)
        .filter(({ download }) => state === undefined || download.state === state)
        .filter(({ download }) => inHistoryOrder(place, download) < 0);
      return matchesOf(matching, limit);
    },

    async *all() {
      checkOpen();
      for (const entry of [...history.entries()]) yield* listed([entry]);
    },
  };
}
