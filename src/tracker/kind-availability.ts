/** @module Which living nodes can make which kinds, and since when none can. */

import type { Member, Membership } from "../ports/membership.ts";
import type { Moment } from "./unfinished-index.ts";

export class KindAvailability {
  readonly #membership: Membership;
  readonly #moment: () => Moment;
  /** The kinds that some living node announces. */
  #made: ReadonlySet<string> = new Set();
  /** A member with an older version does not announce its kinds. */
  #mayBeAll = false;
  /** Since when no member can make kinds that none announces. */
  #closedSince: Moment;
  readonly #lostSince = new Map<string, Moment>();

  constructor(membership: Membership, moment: () => Moment) {
    this.#membership = membership;
    this.#moment = moment;
    this.#closedSince = moment();
  }

  /** Must be called after every membership event. */
  refresh(): void {
    const members = this.#membership.members().filter(({ draining }) => !draining);
    const made = new Set(members.flatMap(({ kinds }) => kinds ?? []));
    for (const kind of this.#made) if (!made.has(kind)) this.#lostSince.set(kind, this.#moment());
    for (const kind of made) this.#lostSince.delete(kind);
    this.#made = made;
    const mayBeAll = members.some(({ kinds }) => kinds === null);
    if (this.#mayBeAll && !mayBeAll) this.#closedSince = this.#moment();
    this.#mayBeAll = mayBeAll;
  }

  /** True if a living node announces this kind. */
  isMade(kind: string): boolean {
    return this.#made.has(kind);
  }

  /** Since when no living node can make it, as observed by this one; null while one can, or may be able to. */
  noneSince(kind: string): Moment | null {
    if (this.#mayBeAll || this.#made.has(kind)) return null;
    return later(this.#closedSince, this.#lostSince.get(kind) ?? null);
  }
}

/** A member that does not announce its kinds may make any. */
export function makes({ kinds }: Pick<Member, "kinds">, kind: string): boolean {
  return kinds === null || kinds.includes(kind);
}

/** The later of two moments. */
export function later(a: Moment, b: Moment | null): Moment {
  return b !== null && b.ranMs > a.ranMs ? b : a;
}
