/** @module The changes of a table as one node receives them: late, in order, with interruptions and restarts. */

import type { MemoryTable } from "../../src/engines/memory/memory-table.ts";
import type { Change } from "../../src/ports/change-queue.ts";
import type { Chance } from "./chance.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** Time between two attempts to connect. */
const RECONNECT_MS = 40;

export interface FeedSource<Event> {
  table: MemoryTable;
  /** The user whose keys are followed, or null for all. */
  owner: string | null;
  eventOf(change: Change): Event;
}

type Any = { type: "begin" | "synced" } | { type: "put" | "remove"; key: string };

/** The change under way to the node; null once a newer change of the same key hides it. */
interface UnderWay<Event> {
  event: Event | null;
}

export class Feed<Event extends Any> {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #chance: Chance;
  readonly #source: FeedSource<Event>;
  readonly #arrived: Event[] = [];
  readonly #latest = new Map<string, UnderWay<Event>>();
  /** Ends the current connection. */
  #disconnect: (() => void) | null = null;
  #wake: (() => void) | null = null;
  #closed = false;
  #lastArrivalAt = 0;

  constructor(world: World, machine: Machine, chance: Chance, source: FeedSource<Event>) {
    this.#world = world;
    this.#machine = machine;
    this.#chance = chance;
    this.#source = source;
    this.#connect(world.sky.latency(chance));
  }

  async next(): Promise<Event | null> {
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
    if (this.#closed || !this.#disconnect) return;
    this.#disconnect();
    this.#disconnect = null;
    this.#latest.clear();
    this.#connect(downMs);
  }

  close(): void {
    this.#disconnect?.();
    this.#disconnect = null;
    this.#closed = true;
    this.#wake?.();
  }

  #connect(inMs: number): void {
    this.#world.clock.after(inMs, () => {
      if (this.#closed || this.#machine.gate.isDead) return;
      if (this.#machine.isCutOff) return this.#connect(RECONNECT_MS);
      const { table, owner, eventOf } = this.#source;
      const disconnect = table.listen(owner, (change) => this.#send(disconnect, eventOf(change)));
      this.#disconnect = disconnect;
      this.#send(disconnect, { type: "begin" } as Event);
      for (const change of [...table.entries(owner)]) this.#send(disconnect, eventOf(change));
      this.#send(disconnect, { type: "synced" } as Event);
    });
  }

  #send(connection: () => void, event: Event): void {
    const { clock, sky } = this.#world;
    const underWay: UnderWay<Event> = { event };
    if ("key" in event) {
      const before = this.#latest.get(event.key);
      if (before && this.#chance.is(sky.weather.coalesced)) before.event = null;
      this.#latest.set(event.key, underWay);
    } else {
      this.#latest.clear(); // the snapshot's own changes must stay between its markers
    }
    const arrivalAt = Math.max(this.#lastArrivalAt, clock.monotonic() + sky.latency(this.#chance));
    this.#lastArrivalAt = arrivalAt;
    clock.after(arrivalAt - clock.monotonic(), () => {
      if (this.#disconnect !== connection || underWay.event === null) return;
      this.#machine.gate.enter(() => this.#arrive(connection, underWay));
    });
  }

  #arrive(connection: () => void, { event }: UnderWay<Event>): void {
    if (this.#disconnect !== connection || event === null) return;
    if ("key" in event && this.#latest.get(event.key)?.event === event) this.#latest.delete(event.key);
    this.#arrived.push(event);
    this.#wake?.();
    this.#wake = null;
  }
}
