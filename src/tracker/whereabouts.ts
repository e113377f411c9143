/** @module In which slot a download is: so that one that is asked for by its id is read alone. */

/** Some 4 MB. Whoever asks for an older one has all of the user's read. */
const MOST_KEPT = 20_000;

/** A download never moves: what is known of it stays true after it is gone. */
export class Whereabouts {
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
