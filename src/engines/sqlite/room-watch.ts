/** @module Checks whether a data folder's disk has space for new records, and frees some if it has none. */

import { statfsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { roomOf, shortageOf } from "../../files/disk/disk-room.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { Ballast } from "./ballast.ts";

/** Interval between attempts to recreate the ballast. */
const LOOK_MS = 10_000;
/** How long a write that failed for lack of space is remembered: quotas are not reflected in the free space. */
const REFUSED_MS = 5_000;

export interface RoomWatchOptions {
  dir: string;
  reserveBytes: number;
  clock: Clock;
  log: Log;
}

/** How long a successful check is trusted, in milliseconds. */
const TRUSTED_MS = 20;

/** One per process; the processes of one folder share the ballast in it. */
export class RoomWatch {
  readonly #options: RoomWatchOptions;
  readonly #ballast: Ballast;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #roomAt = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | null = null;
  #restoring: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: RoomWatchOptions) {
    this.#options = options;
    const { dir, reserveBytes } = options;
    this.#ballast = new Ballast({ path: join(dir, "ballast"), reserveBytes });
  }

  /** Keeps the ballast from now on. */
  start(): void {
    this.#restoring = this.#ballast.restore().catch((error) => {
      this.#options.log.warn(
        { reason: messageOf(error) },
        "no disk space could be reserved for when the disk is full",
      );
    });
    this.#cancel = this.#options.clock.after(LOOK_MS, () => {
      if (!this.#isClosed) this.start();
    });
  }

  /** Call when a write found no space. True if space was freed, which only essential writes get. */
  full(isWorthRoom: boolean): boolean {
    const { clock, log, dir } = this.#options;
    this.#refusedAt = clock.monotonic();
    if (!isWorthRoom || !this.#ballast.giveUp()) return false;
    log.error({ dir }, "disk full: reserved space released; free some space");
    return true;
  }

  /** Why nothing new should be accepted, or null. Costs one `statfs`, unless it found space a moment ago. */
  shortage(): string | null {
    const { clock, dir, reserveBytes } = this.#options;
    const now = clock.monotonic();
    if (now - this.#refusedAt < REFUSED_MS) return "disk full: the database can't grow";
    if (now - this.#roomAt < TRUSTED_MS) return null;
    try {
      const shortage = shortageOf(roomOf(statfsSync(dir), reserveBytes));
      if (shortage === null) this.#roomAt = now;
      return shortage;
    } catch {
      return null; // the folder is gone, which is reported elsewhere
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#restoring;
  }
}
