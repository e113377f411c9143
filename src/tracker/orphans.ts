/** @module Finds stored data of downloads that no longer exist, or that no record refers to: a little at a time. */

import { idOf, ownerOf } from "../download/key.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo } from "../ports/repo.ts";
import { keysOf, ownerOfPart } from "./parts.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";

export interface OrphansContext {
  repo: Repo;
  files: FileStore;
  unfinished: Pick<UnfinishedIndex, "ofId">;
  signal: AbortSignal;
}

/** Number of downloads whose parts are checked in one round. */
const MOST_IDS = 1_000;
/**
 * Ids begin with these characters; with more files than one round can check, each round checks those with one first
 * character.
 */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The ids of the downloads in all slots, also of those that can't be read. */
type Slots = Set<string>;

/**
 * Parts and work are listed before the slots are read, and slots before the history: a download without a record there
 * has lost it for good, as ids are never reused and a download moves from its slot to the history.
 */
export class Orphans {
  readonly #context: OrphansContext;
  #nextBeginning = 0;

  constructor(context: OrphansContext) {
    this.#context = context;
  }

  /** One round. */
  async remove(): Promise<{ works: number; parts: number }> {
    const { repo, unfinished } = this.#context;
    const parts = await this.#someParts();
    const works = (await repo.work.keys()).filter((key) => !unfinished.ofId(idOf(key)));
    let removed = 0;
    const unknown: string[] = [];
    for (const [id, keys] of parts) {
      const leftOver = await this.#leftOver(id, keys);
      if (leftOver === null) unknown.push(id);
      else removed += await this.#removeParts(leftOver);
    }
    if (works.length + unknown.length === 0) return { works: 0, parts: removed };
    const slots = await this.#readSlots();
    return {
      works: await this.#removeWorks(works, slots),
      parts: removed + (await this.#removeUnowned(unknown, parts, slots)),
    };
  }

  /** Part keys by download: of all downloads if they are few, otherwise of those with the next first character. */
  async #someParts(): Promise<Map<string, string[]>> {
    const all = await this.#list("", MOST_IDS);
    if (all) return all;
    const { length } = LETTERS;
    const beginning =
      LETTERS[Math.floor(this.#nextBeginning / length)]! + LETTERS[this.#nextBeginning % length]!;
    this.#nextBeginning = (this.#nextBeginning + 1) % length ** 2;
    return (await this.#list(beginning, Number.POSITIVE_INFINITY)) ?? new Map();
  }

  /** Null when there are parts of more downloads. */
  async #list(prefix: string, mostIds: number): Promise<Map<string, string[]> | null> {
    const parts = new Map<string, string[]>();
    for await (const { key } of this.#context.files.list(prefix)) {
      this.#context.signal.throwIfAborted();
      const id = ownerOfPart(key)?.id;
      if (!id) continue;
      const keys = parts.get(id);
      if (keys) keys.push(key);
      else if (parts.size >= mostIds) return null;
      else parts.set(id, [key]);
    }
    return parts;
  }

  /**
   * The keys that a download's record does not name; null when the download is neither known here nor in the history.
   */
  async #leftOver(id: string, keys: string[]): Promise<string[] | null> {
    const { unfinished, repo } = this.#context;
    const entry = unfinished.ofId(id);
    if (entry) return await this.#ofEarlierHolders(entry, keys);
    const found = await repo.history.find(id);
    if (found === null) return null;
    // An unreadable record may be readable by another version, or after a repair.
    return found.stored === null ? [] : unnamed(keys, keysOf(found.stored.download.file?.parts));
  }

  /** Only the latest holder can still save checkpoints, and parts of its own epoch are kept. */
  async #ofEarlierHolders(entry: Entry, keys: string[]): Promise<string[]> {
    if (keys.every((key) => epochOf(key) >= entry.epoch)) return [];
    const { saved } = await this.#context.repo.work.fetch(`${ownerOf(entry.key)}.${entry.id}`);
    if (!saved) return [];
    const { epoch, checkpoint } = saved.value;
    return unnamed(keys, keysOf(checkpoint?.parts)).filter((key) => epochOf(key) < epoch);
  }

  async #readSlots(): Promise<Slots> {
    const slots: Slots = new Set();
    for await (const event of this.#context.repo.slots.watch(this.#context.signal)) {
      if (event.type === "put") slots.add(event.download.id);
      if (event.type === "remove" && event.unreadable?.id) slots.add(event.unreadable.id);
      if (event.type === "synced") return slots;
    }
    throw new DOMException("the slots were not read completely", "AbortError");
  }

  async #removeWorks(keys: string[], slots: Slots): Promise<number> {
    const orphans = keys.filter((key) => !slots.has(idOf(key)));
    for (const key of orphans) await this.#context.repo.work.remove(key);
    return orphans.length;
  }

  async #removeUnowned(ids: string[], parts: Map<string, string[]>, slots: Slots): Promise<number> {
    let removed = 0;
    for (const id of ids) {
      const isOwned = slots.has(id) || (await this.#context.repo.history.find(id)) !== null;
      if (!isOwned) removed += await this.#removeParts(parts.get(id) ?? []);
    }
    return removed;
  }

  async #removeParts(keys: string[]): Promise<number> {
    for (const key of keys) await this.#context.files.remove(key);
    return keys.length;
  }
}

function epochOf(key: string): number {
  return ownerOfPart(key)?.epoch ?? Number.POSITIVE_INFINITY;
}

function unnamed(keys: string[], named: ReadonlySet<string>): string[] {
  return keys.filter((key) => !named.has(key));
}
