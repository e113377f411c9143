/** @module Which users' work is looked at on some node: nobody sends ticks that nobody sees. */

import type { Cancel, Clock } from "../../../ports/clock.ts";
import { channelOf, hashOf } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { type Announcing, readAnnouncement } from "./announcements.ts";

/** How often a node repeats what it views. */
const REPEAT_MS = 5_000;
/** How long it is believed: one repetition may be lost. */
const BELIEVED_MS = 12_000;
/** More are looked through for those that are no longer believed. */
const MOST_REMEMBERED = 1_000;
/** Instead of a user: everybody's. */
export const EVERYBODY = "*";

/** On which marks of this owner, or of everybody, are announced. */
export function marksChannel(schema: string, owner: string): string {
  return channelOf(schema, "marks", owner === EVERYBODY ? "all" : hashOf(owner));
}

export interface ViewsOptions {
  schema: string;
  session: PostgresSession;
  announcing: Announcing;
  clock: Clock;
  closing: AbortSignal;
}

/** Only where connections can listen. */
export class Views {
  readonly #options: ViewsOptions;
  readonly #channel: string;
  readonly #self: string;
  /** How many watchers this node has, by owner (see `ownerOf`). */
  readonly #own = new Map<string, number>();
  /** Until when other nodes' views are believed, by owner. */
  readonly #others = new Map<string, number>();
  #cancel: Cancel | null = null;

  constructor(options: ViewsOptions) {
    this.#options = options;
    const { schema, session, clock, closing } = options;
    this.#channel = channelOf(schema, "views");
    this.#self = clock.id();
    session.listen(this.#channel, (payload) => this.#hear(payload));
    session.onConnect(() => this.repeat());
    closing.addEventListener("abort", () => this.#cancel?.(), { once: true });
  }

  /** From now on, other nodes announce the marks of this owner, or of everybody. Returns a function to stop. */
  begin(owner: string): () => void {
    const count = this.#own.get(owner) ?? 0;
    this.#own.set(owner, count + 1);
    if (count === 0) this.#tell([owner]);
    if (this.#cancel === null) this.#repeatLater();
    return () => {
      const left = this.#own.get(owner)! - 1;
      if (left > 0) this.#own.set(owner, left);
      else this.#own.delete(owner);
    };
  }

  /** Where other nodes that view this owner listen. */
  channelsFor(owner: string): string[] {
    const { schema } = this.#options;
    const viewed = [owner, EVERYBODY].filter((each) => this.#isViewed(each));
    return viewed.map((each) => marksChannel(schema, each));
  }

  /** Tells again what this node views, at once. */
  repeat(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#own.size === 0) return;
    this.#tell([...this.#own.keys()]);
    this.#repeatLater();
  }

  #isViewed(owner: string): boolean {
    const until = this.#others.get(owner);
    if (until === undefined) return false;
    if (until > this.#options.clock.monotonic()) return true;
    this.#others.delete(owner);
    return false;
  }

  #hear(payload: string): void {
    const now = this.#options.clock.monotonic();
    for (const row of readAnnouncement(payload)?.rows ?? []) {
      if (row !== null && row.text !== this.#self) this.#others.set(row.key, now + BELIEVED_MS);
    }
    if (this.#others.size <= MOST_REMEMBERED) return;
    for (const [owner, until] of this.#others) {
      if (until <= now) this.#others.delete(owner);
    }
  }

  #repeatLater(): void {
    this.#cancel = this.#options.clock.after(REPEAT_MS, () => this.repeat());
  }

  #tell(owners: readonly string[]): void {
    const { announcing } = this.#options;
    for (const owner of owners)
      announcing.announce(this.#channel, { key: owner, version: 0, xid: null, text: this.#self });
  }
}
