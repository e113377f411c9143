/** @module Whether the folder of parts is still the one that was opened: not moved, its volume still mounted. */

import { mkdir, stat } from "node:fs/promises";
import { UnavailableError } from "../../errors.ts";
import { codeOf, isMissing } from "./disk-errors.ts";
import { PRIVATE_FOLDER } from "./private-folder.ts";

export class DiskRoot {
  readonly path: string;
  readonly #device: bigint;
  readonly #refusal: () => string | null;
  #looking: Promise<unknown> = Promise.resolve();
  /** Begins when the check under way has ended: for all who ask until then. */
  #next: Promise<void> | null = null;

  private constructor(path: string, device: bigint, refusal: () => string | null) {
    this.path = path;
    this.#device = device;
    this.#refusal = refusal;
  }

  /** The folder must exist. `refusal` returns why it no longer belongs to this node, or null. */
  static async open(path: string, refusal: () => string | null = () => null): Promise<DiskRoot> {
    return new DiskRoot(path, (await stat(path, { bigint: true })).dev, refusal);
  }

  /**
   * Rejects with an `UnavailableError` while the folder does not belong to this node, or is on a different disk than
   * when it was opened, as when a volume is not mounted. One that was merely removed is recreated, without its files.
   * Looks after the call, once for all simultaneous calls.
   */
  check(): Promise<void> {
    this.#next ??= this.#looking.then(() => {
      this.#next = null;
      const looked = this.#look();
      this.#looking = looked.catch(() => {});
      return looked;
    });
    return this.#next;
  }

  async #look(): Promise<void> {
    const refusal = this.#refusal();
    if (refusal !== null) throw gone(refusal, this.path);
    const device = await this.#deviceNow();
    if (device === this.#device) return;
    if (device === null) return await this.#makeAgain();
    throw gone(
      `${this.path} is on a different disk than before: is its volume mounted? If this is intended, restart the node`,
      this.path,
    );
  }

  async #deviceNow(): Promise<bigint | null> {
    try {
      return (await stat(this.path, { bigint: true })).dev;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async #makeAgain(): Promise<void> {
    try {
      await mkdir(this.path, PRIVATE_FOLDER);
    } catch (error) {
      if (isMissing(error))
        throw gone(`${this.path} no longer exists, nor does its parent folder`, this.path);
      if (codeOf(error) !== "EEXIST") throw error; // another node was first
    }
  }
}

function gone(message: string, path: string): UnavailableError {
  return new UnavailableError(message, { details: { path } });
}
