/** @module One process of a node as the world sees it: its gate, its own clock, its connection to the rest. */

import type { Cancel, Clock } from "../../src/clock/clock.ts";
import type { VirtualClock } from "../../src/clock/virtual.ts";
import type { NodeId } from "../../src/membership/membership.ts";
import type { Chance } from "./chance.ts";
import { Gate } from "./gate.ts";

export interface Drift {
  /** What its time of day is ahead of the world's, milliseconds. */
  offsetMs: number;
  /** How much faster than the world's its clock runs: 1.05 is five percent. */
  rate: number;
}

export class Machine {
  readonly name: string;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly startedAt: number;
  /** Known once it has joined. */
  id: NodeId | null = null;
  /** No engine, no files, no other node is within reach. */
  isCutOff = false;
  /** It was, at some time. */
  wasCutOff = false;
  isDraining = false;
  /** When it could last not hear the world as it should: frozen, cut off, or without its feed. */
  deafUntil = 0;

  constructor(name: string, world: VirtualClock, chance: Chance, drift: Drift) {
    this.name = name;
    this.gate = new Gate(world);
    this.startedAt = world.monotonic();
    this.clock = machineClock(world, this.gate, chance, drift);
  }
}

/** The world's time as this machine measures it; its timers wait at its gate. */
function machineClock(world: VirtualClock, gate: Gate, chance: Chance, { offsetMs, rate }: Drift): Clock {
  function after(ms: number, callback: () => void): Cancel {
    let isCancelled = false;
    const cancel = world.after(ms / rate, () => {
      gate.enter(() => {
        if (!isCancelled) callback();
      }, "timer");
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  return {
    now: () => Math.round(world.now() + offsetMs + world.monotonic() * (rate - 1)),
    monotonic: () => world.monotonic() * rate,
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
