/** @module Counts how many of one kind are open: in total, per address, per user. */

import { networkOf } from "./client-address.ts";
import { HttpProblem, type ProblemCode } from "./problems.ts";

/** The limits by the names of their settings; at least 1. */
export interface Ceilings {
  all: [setting: string, most: number];
  perAddress: [setting: string, most: number];
  perUser: [setting: string, most: number];
}

/** Null if unknown: then only the other limits apply. */
export interface Holder {
  address: string | null;
  user: string | null;
}

export class OpenCounts {
  readonly #code: ProblemCode;
  readonly #ceilings: Ceilings;
  readonly #open = new Map<string, number>();

  /** `code` is the problem thrown at a limit. */
  constructor(code: ProblemCode, ceilings: Ceilings) {
    this.#code = code;
    this.#ceilings = ceilings;
  }

  /** All that are open now. */
  get size(): number {
    return this.#count("all");
  }

  /** Counts one more, until the returned function is called (once or more often). Fails at a limit without counting. */
  enter({ address, user }: Holder): () => void {
    const { all, perAddress, perUser } = this.#ceilings;
    const keys = ["all"];
    this.#check("all", all, "on this server");
    if (user !== null) {
      keys.push(`user ${user}`);
      this.#check(`user ${user}`, perUser, "of one user");
    }
    if (address !== null) {
      const network = networkOf(address);
      keys.push(`address ${network}`);
      this.#check(`address ${network}`, perAddress, "from one address");
    }
    for (const key of keys) this.#open.set(key, this.#count(key) + 1);
    return () => {
      for (const key of keys.splice(0)) this.#leave(key);
    };
  }

  #check(key: string, [setting, most]: [string, number], whose: string): void {
    if (this.#count(key) < most) return;
    throw new HttpProblem(
      this.#code,
      `At most ${most} may be open ${whose} at a time; close one or retry later.`,
      {
        members: { limit: setting },
      },
    );
  }

  #count(key: string): number {
    return this.#open.get(key) ?? 0;
  }

  #leave(key: string): void {
    const left = this.#count(key) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }
}
