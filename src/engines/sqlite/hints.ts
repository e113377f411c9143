/** @module Hints between the processes of one machine that something was written, so that they look at once. */

import type { Json } from "../../download/json.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { WATCHED, type Watched } from "./sqlite-writes.ts";

const HINT = "hint";
const LOOKING = "looking";
/** A process that follows marks says so this often, and counts as doing so for this long. */
const SAY_MS = 1_000;
const LOOKS_MS = 2_500;
/** A process that writes nothing but marks shows those who don't follow them that it is at work, at most this often. */
const SIGN_MS = 500;

export interface HintsOptions {
  mesh: Pick<Mesh, "broadcast" | "send" | "subscribe">;
  clock: Pick<Clock, "monotonic" | "after">;
  /** True while this process follows marks. */
  isLooking(): boolean;
}

/**
 * Slots are followed by all processes, marks only by those with viewers: a tick costs nothing where nobody looks. A
 * hint that is lost or not sent is made up for by the next poll.
 */
export class Hints {
  readonly #options: HintsOptions;
  /** The processes that follow marks, and when they last said so, on the monotonic clock. */
  readonly #looking = new Map<string, number>();
  readonly #unsubscribe: (() => void)[] = [];
  #signAt = Number.NEGATIVE_INFINITY;
  #cancelSaying: Cancel | null = null;
  #isClosed = false;

  constructor(options: HintsOptions) {
    this.#options = options;
  }

  /** Calls the handler with every hint from another process: which tables it wrote, none if it is only at work. */
  open(onHint: (changed: readonly Watched[], from: string) => void): void {
    const { mesh, clock } = this.#options;
    const onLooking = (_message: Json, from: string) => void this.#looking.set(from, clock.monotonic());
    this.#unsubscribe.push(
      mesh.subscribe(HINT, (message, from) => onHint(readHint(message), from)),
      mesh.subscribe(LOOKING, onLooking),
    );
  }

  /** This process has written to these watched tables, or to others. */
  committed(changed: ReadonlySet<Watched>): void {
    const { mesh, clock } = this.#options;
    const now = clock.monotonic();
    if (changed.has("slots")) {
      this.#signAt = now;
      mesh.broadcast(HINT, [...changed]);
      return;
    }
    for (const [peer, saidAt] of this.#looking) {
      if (now - saidAt > LOOKS_MS) this.#looking.delete(peer);
      else if (changed.has("marks")) mesh.send(peer, HINT, ["marks"]);
    }
    if (now - this.#signAt < SIGN_MS) return;
    this.#signAt = now;
    mesh.broadcast(HINT, []);
  }

  /** This process begins to follow marks. */
  looking(): void {
    if (this.#cancelSaying === null) this.#say();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelSaying?.();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #say(): void {
    const { mesh, clock, isLooking } = this.#options;
    this.#cancelSaying = null;
    if (this.#isClosed || !isLooking()) return;
    mesh.broadcast(LOOKING, null);
    this.#cancelSaying = clock.after(SAY_MS, () => this.#say());
  }
}

/** An older version does not say which tables. */
function readHint(message: Json): readonly Watched[] {
  return Array.isArray(message) ? WATCHED.filter((table) => message.includes(table)) : WATCHED;
}
