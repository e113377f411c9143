/** @module The changes of the records as delivered to one node: late, in order, interrupted and restarted. */

import { type Change, ChangeQueue } from "../../src/ports/change-queue.ts";
import type { RepoEvent } from "../../src/ports/repo.ts";
import { eventOf } from "../../src/ports/stored-text.ts";
import type { Chance } from "./chance.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** Time between two attempts to connect. */
const RECONNECT_MS = 40;

/** An event on its way to the node; `change` is set while a newer change of the same key may replace it. */
interface UnderWay {
  event: RepoEvent | null;
}

class Inbox extends ChangeQueue {
  readonly #take: (change: Change) => void;

  constructor(take: (change: Change) => void) {
    super();
    this.#take = take;
  }

  override push(change: Change): void {
    this.#take(change);
  }
}

export class Feed {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly #arrived: RepoEvent[] = [];
  readonly #latest = new Map<string, UnderWay>();
  #inbox: Inbox | null = null;
  #wake: (() => void) | null = null;
  #closed = false;
  #lastArrivalAt = 0;

  constructor(world: World, machine: Machine, chance: Chance) {
    this.#world = world;
    this.#machine = machine;
    this.#chance = chance;
    this.#connect(world.sky.latency(chance));
  }

  async next(): Promise<RepoEvent | null> {
    for (;;) {
      if (this.#closed) return null;
      const event = this.#arrived.shift();
      if (event) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The connection breaks: undelivered events are lost, and later everything starts over. */
  reset(downMs: number): void {
    if (this.#closed || !this.#inbox) return;
    this.#world.records.store.unfollow(this.#inbox);
    this.#inbox = null;
    this.#latest.clear();
    this.#connect(downMs);
  }

  close(): void {
    if (this.#inbox) this.#world.records.store.unfollow(this.#inbox);
    this.#inbox = null;
    this.#closed = true;
    this.#wake?.();
  }

  #connect(inMs: number): void {
    this.#world.clock.after(inMs, () => {
      if (this.#closed || this.#machine.gate.isDead) return;
      if (this.#machine.isCutOff) return this.#connect(RECONNECT_MS);
      const inbox = new Inbox((change) => this.#send(inbox, eventOf(change)));
      this.#inbox = inbox;
      const snapshot = this.#world.records.store.follow(inbox);
      this.#send(inbox, { type: "begin" });
      for (const change of snapshot) this.#send(inbox, eventOf(change));
      this.#send(inbox, { type: "synced" });
    });
  }

  #send(inbox: Inbox, event: RepoEvent): void {
    const { clock, sky } = this.#world;
    const underWay: UnderWay = { event };
    if (event.type === "put" || event.type === "remove") {
      const before = this.#latest.get(event.key);
      if (before && this.#chance.is(sky.weather.coalesced)) before.event = null;
      this.#latest.set(event.key, underWay);
    } else {
      this.#latest.clear(); // the snapshot's own changes must stay between its markers
    }
    const arrivalAt = Math.max(this.#lastArrivalAt, clock.monotonic() + sky.latency(this.#chance));
    this.#lastArrivalAt = arrivalAt;
    clock.after(arrivalAt - clock.monotonic(), () => {
      if (this.#inbox !== inbox || underWay.event === null) return;
      this.#machine.gate.enter(() => this.#arrive(inbox, underWay));
    });
  }

  #arrive(inbox: Inbox, { event }: UnderWay): void {
    if (this.#inbox !== inbox || event === null) return;
    if ("key" in event && this.#latest.get(event.key)?.event === event) this.#latest.delete(event.key);
    this.#arrived.push(event);
    this.#wake?.();
    this.#wake = null;
  }
}
