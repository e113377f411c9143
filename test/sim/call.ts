/** @module One simulated remote call: request, execution and answer, with everything that can go wrong. */

import { UnavailableError } from "../../src/errors.ts";
import type { Chance } from "./chance.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

export interface Trouble {
  /** Probability that it is refused before it has any effect. */
  refused: number;
  /** Probability that it takes effect, but is reported as refused. */
  lost: number;
  /** How long a refused caller may take to ask again, if only such calls show it what happened. */
  deafMs?: number;
  /** Added to the time until it takes effect. */
  lateMs?: number;
  /** Added to the time until it is answered. */
  slowMs?: number;
}

/** A caller that is cut off gets an error within this time. */
const TIMEOUT_MS = 300;
/** Probability that a message sent before its sender died still arrives. */
const ARRIVES_AFTER_DEATH = 0.6;

/**
 * Runs `act` on the other side. Its effect must be synchronous, before its first `await`: so each call takes effect at
 * one point in time, and a caller that is killed meanwhile leaves it done or not done.
 */
export function call<T>(
  world: World,
  machine: Machine,
  chance: Chance,
  what: string,
  trouble: Trouble,
  act: () => Promise<T> | T,
): Promise<T> {
  const { clock, sky } = world;
  return new Promise((resolve, reject) => {
    const later = (ms: number, settle: () => void) => clock.after(ms, () => machine.gate.enter(settle));
    const refuse = (why: string, ms: number) => {
      later(ms, () => {
        machine.deafUntil = Math.max(machine.deafUntil, clock.monotonic() + (trouble.deafMs ?? 0));
        world.history.add(machine.name, `! ${what}: ${why}`);
        reject(new UnavailableError(`${what}: ${why}`));
      });
    };
    const arrive = async () => {
      if (machine.gate.isDead && !chance.is(ARRIVES_AFTER_DEATH)) return;
      if (machine.isCutOff) return refuse("cut off", chance.whole(0, TIMEOUT_MS));
      if (chance.is(trouble.refused)) return refuse("unavailable", sky.latency(chance));
      const isLost = chance.is(trouble.lost);
      const backMs = sky.latency(chance) + (trouble.slowMs ?? 0);
      try {
        const result = await act();
        if (isLost) return refuse("done, but told as unavailable", backMs + chance.whole(0, TIMEOUT_MS));
        clock.after(backMs, () => {
          if (machine.isCutOff) refuse("cut off before the answer came", chance.whole(0, TIMEOUT_MS));
          else machine.gate.enter(() => resolve(result));
        });
      } catch (error) {
        later(backMs, () => reject(error));
      }
    };
    clock.after(sky.latency(chance) + (trouble.lateMs ?? 0), () => void arrive());
  });
}
