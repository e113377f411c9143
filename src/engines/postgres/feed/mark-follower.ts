/** @module One watcher of marks: what it knows, so that each mark only goes forward, whatever way news come. */

import { ownerOf } from "../../../download/key.ts";
import { type Change, ChangeQueue } from "../../../ports/change-queue.ts";
import type { Version } from "../../../ports/repo.ts";

interface Known {
  version: Version;
  isRemoved: boolean;
  /** The look during or before which it was learnt. */
  look: number;
}

export class MarkFollower {
  /** Whose marks, see `ownerOf`; null for all. */
  readonly owner: string | null;
  readonly #queue = new ChangeQueue();
  readonly #known = new Map<string, Known>();
  /** News from before the snapshot: it may be older, or newer. */
  #early: Change[] | null = [];
  #look = 0;

  constructor(owner: string | null) {
    this.owner = owner;
  }

  /** True when it has had its snapshot. */
  get isBegun(): boolean {
    return this.#early === null;
  }

  get isLost(): boolean {
    return this.#queue.ended;
  }

  /** Takes the snapshot: the marks in it that are not tombstones. */
  begin(marks: readonly Change[]): Change[] {
    for (const { key, version, text } of marks) this.#know(key, version, text);
    const early = this.#early ?? [];
    this.#early = null;
    for (const change of early) this.offer(change);
    return marks.filter(({ text }) => text !== null);
  }

  offer(change: Change): void {
    if (this.#early !== null) {
      this.#early.push(change);
      return;
    }
    const { key, version, text } = change;
    if ((this.#known.get(key)?.version ?? 0) >= version) return;
    this.#know(key, version, text);
    this.#queue.push(change);
  }

  /** Call before the versions are read. */
  beginLook(): void {
    this.#look += 1;
  }

  /** The keys whose texts have to be read. */
  unknown(versions: ReadonlyMap<string, Version>): string[] {
    const isNews = ([key, version]: [string, Version]) =>
      this.#isMine(key) && (this.#known.get(key)?.version ?? 0) < version;
    return [...versions].filter(isNews).map(([key]) => key);
  }

  /** Takes what was read, and forgets what is no longer there. Ends if it had learnt of what does not exist. */
  endLook(versions: ReadonlyMap<string, Version>, changes: readonly Change[]): void {
    for (const change of changes) {
      if (this.#isMine(change.key)) this.offer(change);
    }
    for (const [key, { version, isRemoved, look }] of this.#known) {
      // What was learnt since the look began may not have been there yet.
      if (look >= this.#look) continue;
      const found = versions.get(key);
      if (found !== undefined && found < version) this.end();
      if (found !== undefined) continue;
      if (!isRemoved) this.#queue.push({ key, version: version + 1, text: null });
      this.#known.delete(key);
    }
  }

  next(): Promise<Change | null> {
    return this.#queue.next();
  }

  end(): void {
    this.#queue.end();
  }

  #know(key: string, version: Version, text: string | null): void {
    this.#known.set(key, { version, isRemoved: text === null, look: this.#look });
  }

  #isMine(key: string): boolean {
    return this.owner === null || ownerOf(key) === this.owner;
  }
}
