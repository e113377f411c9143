/**
 * @module Where a compressed file can be resumed: determined by its content alone, and rarely enough not to hurt
 * compression.
 */

/**
 * Bytes before compression. A crash repeats at most a sixteenth of the file, or `least`, and never more than `most`.
 */
export interface SaveDistance {
  readonly least: number;
  readonly most: number;
}

export const SAVE_DISTANCE: SaveDistance = { least: 128 * 1024, most: 4 * 1024 * 1024 };
const SAVES_PER_FILE = 16;

export class SavePoints {
  readonly #distance: SaveDistance;
  #saved: number;

  /** `saved` is the size at the save from which the file is resumed. */
  constructor(distance: SaveDistance, saved = 0) {
    this.#distance = distance;
    this.#saved = saved;
  }

  /** Whether to save a file of this size; if so, the next save is counted from here. */
  take(size: number): boolean {
    const { least, most } = this.#distance;
    if (size - this.#saved < Math.min(most, Math.max(least, size / SAVES_PER_FILE))) return false;
    this.#saved = size;
    return true;
  }

  /** The file is saved now, due or not. */
  mark(size: number): void {
    this.#saved = size;
  }
}
