/** @module One process of a node from outside: its gate, its clock, its connection to the rest. */

import type { VirtualClock } from "../../src/clock/virtual.testing.ts";
import type { Cancel, Clock } from "../../src/ports/clock.ts";
import type { NodeId } from "../../src/ports/membership.ts";
import type { Chance } from "./chance.ts";
import { Gate } from "./gate.ts";

export interface Drift {
  /** How far its time of day is ahead of the world's, in milliseconds. */
  offsetMs: number;
  /** How fast its clock runs relative to the world's: 1.05 is five percent faster. */
  rate: number;
}

export class Machine {
  readonly name: string;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly #world: VirtualClock;
  readonly #drift: Drift;
  /** How long it has been suspended, excluding a current suspension. */
  #sleptMs = 0;
  #asleepSince: number | null = null;
  /** The latest time of day its clock ever showed. */
  latestNow = Number.NEGATIVE_INFINITY;
  /** Known once it has joined. */
  id: NodeId | null = null;
  /** It can't reach the engine, the files or any other node. */
  isCutOff = false;
  /** It was cut off at some time. */
  wasCutOff = false;
  isDraining = false;
  /** The end of the last time when it could not receive everything: frozen, cut off, or without its feed. */
  deafUntil = 0;

  constructor(name: string, world: VirtualClock, chance: Chance, drift: Drift) {
    this.name = name;
    this.gate = new Gate(world);
    this.startedAt = world.monotonic();
    this.#world = world;
    this.#drift = { ...drift };
    this.clock = machineClock(world, this, chance);
  }

  get rate(): number {
    return this.#drift.rate;
  }

  /** Its time of day. */
  now(): number {
    const { offsetMs, rate } = this.#drift;
    const now = Math.round(this.#world.now() + offsetMs + this.#world.monotonic() * (rate - 1));
    this.latestNow = Math.max(this.latestNow, now);
    return now;
  }

  monotonic(): number {
    const asleepMs = this.#asleepSince === null ? 0 : this.#world.monotonic() - this.#asleepSince;
    return (this.#world.monotonic() - this.#sleptMs - asleepMs) * this.#drift.rate;
  }

  /** Sets its time of day; nothing else changes. */
  setClock(offsetMs: number): void {
    this.now();
    this.#drift.offsetMs = offsetMs;
  }

  /** Suspends it: its monotonic clock stops until `wake`, its time of day does not, like a laptop with a closed lid. */
  sleep(): void {
    this.#asleepSince ??= this.#world.monotonic();
  }

  wake(): void {
    if (this.#asleepSince !== null) this.#sleptMs += this.#world.monotonic() - this.#asleepSince;
    this.#asleepSince = null;
  }
}

/** The resolution of timers: the remainder that rounding leaves of a wait still takes time. */
const FINEST_MS = 0.001;

/** The world's time as this machine measures it; its timers wait at its gate. */
function machineClock(world: VirtualClock, machine: Machine, chance: Chance): Clock {
  function after(ms: number, callback: () => void): Cancel {
    const due = machine.monotonic() + Math.max(0, ms);
    let isCancelled = false;
    let cancel: Cancel;
    const wait = (leftMs: number) => {
      const waitMs = leftMs > 0 ? Math.max(FINEST_MS, leftMs / machine.rate) : 0;
      cancel = world.after(waitMs, () => machine.gate.enter(fire, "timer"));
    };
    const fire = () => {
      if (isCancelled) return;
      const leftMs = due - machine.monotonic();
      if (leftMs > 0) wait(leftMs);
      else callback();
    };
    wait(ms);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  return {
    now: () => machine.now(),
    monotonic: () => machine.monotonic(),
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          cancel();
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const cancel = after(ms, done);
        signal?.addEventListener("abort", done, { once: true });
      }),
    random: () => chance.random(),
    id: () => {
      const words = Uint32Array.from({ length: 4 }, () => chance.whole(0, 2 ** 32 - 1));
      return Buffer.from(words.buffer).toString("base64url");
    },
  };
}
