/** @module Each user's share of the unfinished downloads: whether more may be requested, and how many turns to wait. */

import { ownerOf } from "../download/key.ts";
import { CarryoutError } from "../errors.ts";

/** The counted item: a slot, and its user's network if the user is anonymous. */
export interface Share {
  readonly key: string;
  readonly network: string | null;
}

export interface ShareLimits {
  maxUnfinished: number;
  maxUnfinishedPerUser: number;
  maxUnfinishedPerAddress: number;
}

/** Several anonymous users may be one visitor that drops cookies: this many from one network count as one. */
const USERS_IN_A_TURN = 8;

/**
 * Counts slots, each once however often it is added: a request is added before it is written, and again when the
 * repo's watch delivers it.
 */
export class Shares {
  readonly #counted = new Map<string, { share: Share; times: number }>();
  readonly #ofOwner = new Map<string, number>();
  readonly #ofNetwork = new Map<string, { slots: number; owners: Map<string, number> }>();

  /** Each call must be matched by one `remove`. */
  add(share: Share): void {
    const counted = this.#counted.get(share.key);
    if (counted) counted.times += 1;
    else this.#count(share);
  }

  remove({ key }: Share): void {
    const counted = this.#counted.get(key);
    if (!counted) return;
    counted.times -= 1;
    if (counted.times === 0) this.#forget(counted.share);
  }

  /** The limit that forbids a request for this slot; null if allowed, or if the slot is already counted. */
  refusal({ key, network }: Share, limits: ShareLimits): CarryoutError | null {
    if (this.#counted.has(key)) return null;
    const owned = this.#ofOwner.get(ownerOf(key)) ?? 0;
    const nearby = network === null ? 0 : (this.#ofNetwork.get(network)?.slots ?? 0);
    if (owned >= limits.maxUnfinishedPerUser) {
      return tooMany(
        "maxUnfinishedPerUser",
        `You have ${owned} unfinished downloads. Wait for one to finish, or cancel one.`,
      );
    }
    if (nearby >= limits.maxUnfinishedPerAddress) {
      return tooMany(
        "maxUnfinishedPerAddress",
        `${nearby} downloads from your address are unfinished. Retry later.`,
      );
    }
    if (this.#counted.size >= limits.maxUnfinished) {
      return tooMany("maxUnfinished", "Too many downloads are unfinished. Retry later.");
    }
    return null;
  }

  /**
   * How many turns a request for this slot waits: one for each unfinished download of its user, or one for every eight
   * other users of its network that have some, whichever is more.
   */
  turns({ key, network }: Share): number {
    const owner = ownerOf(key);
    const owners = network === null ? undefined : this.#ofNetwork.get(network)?.owners;
    const others = (owners?.size ?? 0) - (owners?.has(owner) ? 1 : 0);
    return Math.max(this.#ofOwner.get(owner) ?? 0, Math.floor(others / USERS_IN_A_TURN));
  }

  #count(share: Share): void {
    const owner = ownerOf(share.key);
    this.#counted.set(share.key, { share, times: 1 });
    addTo(this.#ofOwner, owner, 1);
    if (share.network === null) return;
    const neighbours = this.#ofNetwork.get(share.network) ?? { slots: 0, owners: new Map() };
    this.#ofNetwork.set(share.network, neighbours);
    neighbours.slots += 1;
    addTo(neighbours.owners, owner, 1);
  }

  #forget({ key, network }: Share): void {
    const owner = ownerOf(key);
    this.#counted.delete(key);
    addTo(this.#ofOwner, owner, -1);
    const neighbours = network === null ? undefined : this.#ofNetwork.get(network);
    if (!neighbours || network === null) return;
    neighbours.slots -= 1;
    addTo(neighbours.owners, owner, -1);
    if (neighbours.slots === 0) this.#ofNetwork.delete(network);
  }
}

function addTo(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count > 0) counts.set(name, count);
  else counts.delete(name);
}

function tooMany(limit: keyof ShareLimits, message: string): CarryoutError {
  return new CarryoutError("too-many-downloads", message, { retriable: true, details: { limit } });
}
