/** @module The history in the memory of one process. */

import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { downloadKey, idOf, ownerOf, userPrefix } from "../../download/key.ts";
import { inHistoryOrder } from "../../download/order.ts";
import type { Found, History, HistoryPage } from "../../ports/history.ts";
import type { Stored, Version } from "../../ports/repo.ts";
import { foundOf, listed, storedOf } from "../../ports/stored-text.ts";
import type { MemoryStore } from "./memory-repo.ts";

/** More than are removed in an hour by all who use an engine that is for tests. */
const MOST_REMOVED = 100_000;
const HOUR_MS = 3_600_000;

/** The records of a history, its index by the hour of expiry, and what was removed. */
export class MemoryHistoryIndex {
  readonly #keysById = new Map<string, string>();
  readonly #byHour = new Map<number, Set<string>>();
  readonly #hours = new Map<string, number>();
  readonly #removed = new Set<string>();

  note(key: string, expiresAt: number | null): void {
    this.forget(key);
    this.#keysById.set(idOf(key), key);
    if (expiresAt === null) return;
    const hour = Math.floor(expiresAt / HOUR_MS);
    this.#hours.set(key, hour);
    const keys = this.#byHour.get(hour) ?? new Set();
    this.#byHour.set(hour, keys.add(key));
  }

  forget(key: string): void {
    const hour = this.#hours.get(key);
    this.#keysById.delete(idOf(key));
    if (hour === undefined) return;
    this.#hours.delete(key);
    const keys = this.#byHour.get(hour);
    keys?.delete(key);
    if (keys?.size === 0) this.#byHour.delete(hour);
  }

  keyOf(id: string): string | undefined {
    return this.#keysById.get(id);
  }

  /** Those that expire in this hour or before, in order of hours. */
  *until(time: number): Iterable<string> {
    const last = Math.floor(time / HOUR_MS);
    const hours = [...this.#byHour.keys()].filter((hour) => hour <= last).sort((a, b) => a - b);
    for (const hour of hours) yield* this.#byHour.get(hour) ?? [];
  }

  keepAway(key: string): void {
    this.#removed.add(key);
    for (const oldest of this.#removed) {
      if (this.#removed.size <= MOST_REMOVED) break;
      this.#removed.delete(oldest);
    }
  }

  wasRemoved(key: string): boolean {
    return this.#removed.has(key);
  }
}

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

    async *all() {
      checkOpen();
      for (const entry of [...history.entries()]) yield* listed([entry]);
    },
  };
}
