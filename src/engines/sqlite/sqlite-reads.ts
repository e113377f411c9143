/** @module Reads the database: waits for a lock, and fails if the file is no longer in its place. */

import { CarryoutError, UnavailableError } from "../../errors.ts";
import { translated } from "./sqlite-errors.ts";
import type { LockPatience } from "./sqlite-patience.ts";
import type { DatabasePlace } from "./sqlite-place.ts";

export interface ReadsOptions {
  path: string;
  place: DatabasePlace;
  patience: LockPatience;
  isClosed(): boolean;
}

export class SqliteReads {
  readonly #options: ReadsOptions;

  constructor(options: ReadsOptions) {
    this.#options = options;
  }

  async read<Result>(work: () => Result): Promise<Result> {
    const { path, patience } = this.#options;
    try {
      return await patience.run(() => {
        this.checkUsable();
        return work();
      });
    } catch (error) {
      throw translated(error, path);
    }
  }

  /** Throws if nothing may be read or written now. */
  checkUsable(): void {
    this.checkOpen();
    const { path, place } = this.#options;
    const trouble = place.recentTrouble();
    if (trouble !== null) throw new UnavailableError(trouble, { details: { path } });
  }

  checkOpen(): void {
    if (this.#options.isClosed()) throw new CarryoutError("closed", "this repo is closed");
  }
}
