/** @module How much space a disk has, and the reserve that parts leave free. */

import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { UnavailableError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";

export const DEFAULT_RESERVE_BYTES = 64 * 1024 * 1024;
/** On a small disk the reserve is at most this share of it. */
const MOST_SHARE = 0.1;
/** How long a reading of the disk stays valid. */
const SEEN_MS = 500;
/** Parts may take this share of the free space before the disk is queried again: others write too. */
const UNSEEN_SHARE = 1 / 16;

export interface Room {
  freeBytes: number;
  /** Space that stays free for the records: without it nothing could be cancelled or expire. */
  reserveBytes: number;
}

export function roomOf({ bavail, blocks, bsize }: StatsFs, reserveBytes: number): Room {
  return {
    freeBytes: bavail * bsize,
    reserveBytes: Math.min(reserveBytes, Math.floor(blocks * bsize * MOST_SHARE)),
  };
}

/** Why nothing more is accepted, or null while there is space beyond the reserve. */
export function shortageOf({ freeBytes, reserveBytes }: Room): string | null {
  if (freeBytes >= reserveBytes) return null;
  return `disk full: ${inMegabytes(freeBytes)} left, of which ${inMegabytes(reserveBytes)} are reserved for records`;
}

/** The space on a folder's disk, as of the last check. */
export class DiskRoom {
  readonly #path: string;
  readonly #reserveBytes: number;
  readonly #clock: Pick<Clock, "monotonic">;
  #room: Room | null = null;
  #seenAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, reserveBytes: number, clock: Pick<Clock, "monotonic">) {
    this.#path = path;
    this.#reserveBytes = reserveBytes;
    this.#clock = clock;
  }

  /** Call before writing this many bytes: throws an `UnavailableError` if they would use up the reserve. */
  async take(bytes: number): Promise<void> {
    const room = await this.look();
    const shortage = shortageOf({ ...room, freeBytes: room.freeBytes - bytes });
    if (shortage !== null) throw new UnavailableError(shortage, { details: { isFull: true } });
    if (bytes > (room.freeBytes - room.reserveBytes) * UNSEEN_SHARE) this.forget();
    else room.freeBytes -= bytes;
  }

  async look(): Promise<Room> {
    if (this.#room !== null && this.#clock.monotonic() - this.#seenAt <= SEEN_MS) return this.#room;
    this.#seenAt = this.#clock.monotonic();
    this.#room = roomOf(await statfs(this.#path), this.#reserveBytes);
    return this.#room;
  }

  /** Why nothing more can be stored, as of the last check; null while there is space. */
  shortage(): string | null {
    return this.#room && shortageOf(this.#room);
  }

  /** Queries the disk at the next check. */
  forget(): void {
    this.#seenAt = Number.NEGATIVE_INFINITY;
  }
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
