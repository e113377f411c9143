/** @module Maps a download id to its slot key, so that a request by id reads one record. */

/** About 4 MB. A request for an older id reads all records of the user. */
const MOST_KEPT = 20_000;

/** A download never changes its slot: an entry stays valid after its removal. */
export class SlotIndex {
  readonly #keys = new Map<string, string>();

  note(id: string, key: string): void {
    if (this.#keys.has(id)) return;
    this.#keys.set(id, key);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= MOST_KEPT) break;
      this.#keys.delete(oldest);
    }
  }

  /** The slot key of this download, if it is known. */
  of(id: string): string | undefined {
    return this.#keys.get(id);
  }
}
