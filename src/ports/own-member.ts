/** @module This process as a member: what it announces, and whether the others accept it. */

import { type Member, type NodeId, nodeIdOf } from "./membership.ts";

export interface Said {
  member: Member;
  /** Incremented with every change of the member. */
  revision: number;
}

/**
 * `joining`: being announced to the others, which may refuse. `refused`: they consider this incarnation dead. From
 * `joined` on, others that do so are wrong. `leaving`: it has announced its departure.
 */
type Stage = "joining" | "refused" | "joined" | "leaving";

/** Written by `LeasedMembership`; the wire reads it. */
export class OwnMember {
  #own: (Said & { stage: Stage }) | null = null;

  begin(member: Member): void {
    this.#own = { member: { ...member }, revision: 0, stage: "joining" };
  }

  change(change: Partial<Member>): void {
    const { member, revision } = this.#own!;
    this.#own = { ...this.#own!, member: { ...member, ...change }, revision: revision + 1 };
  }

  enter(stage: Stage): void {
    this.#own = { ...this.#own!, stage };
  }

  end(): void {
    this.#own = null;
  }

  get member(): Member | null {
    return this.#own?.member ?? null;
  }

  /** Null while it only observes. */
  get node(): NodeId | null {
    return this.#own && nodeIdOf(this.#own.member);
  }

  get stage(): Stage | null {
    return this.#own?.stage ?? null;
  }

  /** What the others should receive; null while it only observes, or is refused or leaving. */
  get said(): Said | null {
    if (!this.#own || this.stage === "refused" || this.stage === "leaving") return null;
    const { member, revision } = this.#own;
    return { member, revision };
  }
}
