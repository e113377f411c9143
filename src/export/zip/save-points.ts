/** @module Where a compressed file can go on: by its content alone, and not so often that compression suffers. */

/** Bytes before compression. A death costs at most a sixteenth of the file again, or `least`, and never more than `most`. */
export interface SaveDistance {
  readonly least: number;
  readonly most: number;
}

export const SAVE_DISTANCE: SaveDistance = { least: 128 * 1024, most: 4 * 1024 * 1024 };
const SAVES_PER_FILE = 16;

export class SavePoints {
  readonly #distance: SaveDistance;
  #saved: number;

  /** `saved` is the size at the save from which the file goes on. */
  constructor(distance: SaveDistance, saved = 0) {
    this.#distance = distance;
    this.#saved = saved;
  }

  /** Whether a file of this size is to be saved here; if so, the next one is counted from here. */
  take(size: number): boolean {
    const { least, most } = this.#distance;
    if (size - this.#saved < Math.min(most, Math.max(least, size / SAVES_PER_FILE))) return false;
    this.#saved = size;
    return true;
  }

  /** The file is saved here, due or not. */
  mark(size: number): void {
    this.#saved = size;
  }
}
