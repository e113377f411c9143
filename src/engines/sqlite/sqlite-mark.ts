/** @module A note beside the database of how far it had come, by which an older copy in its place is noticed. */

import { open, readFile, rename, writeFile } from "node:fs/promises";
import { CarryoutError, messageOf } from "../../errors.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Log } from "../../telemetry/log.ts";

/** Between two notes, while something is written. */
const NOTE_MS = 10_000;

export function markPath(databasePath: string): string {
  return `${databasePath}.mark`;
}

/** The change that the database had at least, 0 when nothing was noted. */
export async function readMark(databasePath: string): Promise<number> {
  try {
    return Number.parseInt(await readFile(markPath(databasePath), "utf8"), 10) || 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** Throws `store-corrupt` for a database whose last change is older than what was noted beside it. */
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

/** Notes every some seconds, while it is open, a change that no power cut can take any more. */
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

  /** Notes a last time. To be called while the database is open. */
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

/** With `synchronous=normal` the log may still be in memory: a note must not promise what a power cut takes. */
async function syncLog(path: string): Promise<void> {
  const log = await open(`${path}-wal`, "r").catch(() => null);
  if (log === null) return; // all of it is in the database, which was synced before the log was removed
  try {
    await log.sync();
  } finally {
    await log.close();
  }
}
