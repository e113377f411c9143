/** @module A note next to the database with its last change, to detect that it was replaced by an older copy. */

import { open, readFile, rename, writeFile } from "node:fs/promises";
import { CarryoutError, messageOf } from "../../errors.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Log } from "../../telemetry/log.ts";

/** Interval between notes, while something is written. */
const NOTE_MS = 10_000;

export function markPath(databasePath: string): string {
  return `${databasePath}.mark`;
}

/** The last change that the database must have, 0 if nothing was noted. */
export async function readMark(databasePath: string): Promise<number> {
  try {
    return Number.parseInt(await readFile(markPath(databasePath), "utf8"), 10) || 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** Throws `store-corrupt` for a database whose last change is older than the noted one. */
export function refuseOlder(path: string, sequence: number, mark: number): void {
  if (sequence >= mark) return;
  throw new CarryoutError(
    "store-corrupt",
    `${path} ends at change ${sequence}, but this folder had change ${mark}: it is missing, an older copy, or a copy without ` +
      `its log ${path}-wal. Nothing was changed. Restore the newer file; to continue without the later changes, ` +
      `remove ${markPath(path)}.`,
    { details: { path, sequence, mark } },
  );
}

export interface SequenceNotesOptions {
  path: string;
  /** The last change now. */
  sequence: () => number;
  clock: Clock;
  log: Log;
}

/** While open, notes every few seconds a change that no power cut can lose any more. */
export class SequenceNotes {
  readonly #options: SequenceNotesOptions;
  readonly #temporary: string;
  #noted = 0;
  #cancel: Cancel | null = null;
  #isClosed = false;
  #noting: Promise<void> = Promise.resolve();

  constructor(options: SequenceNotesOptions) {
    this.#options = options;
    this.#temporary = `${markPath(options.path)}.${options.clock.id()}`;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(NOTE_MS, () => {
      this.#noting = this.#note().finally(() => {
        if (!this.#isClosed) this.start();
      });
    });
  }

  /** Writes a final note. Call it while the database is open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#noting;
    await this.#note();
  }

  async #note(): Promise<void> {
    const { path, log } = this.#options;
    try {
      const sequence = this.#options.sequence();
      if (sequence === this.#noted) return;
      await syncLog(path);
      await writeFile(this.#temporary, `${sequence}\n`, { mode: 0o600 });
      await rename(this.#temporary, markPath(path));
      this.#noted = sequence;
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "the database's last change could not be noted");
    }
  }
}

/** With `synchronous=normal` the log may still be in memory: a note must not claim what a power cut can lose. */
async function syncLog(path: string): Promise<void> {
  const log = await open(`${path}-wal`, "r").catch(() => null);
  if (log === null) return; // all of it is in the database, which was synced before the log was removed
  try {
    await log.sync();
  } finally {
    await log.close();
  }
}
