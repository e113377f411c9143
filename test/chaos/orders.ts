/** @module Orders: what a visitor requests, drawn from the seed, and the expected result. */

import type { Chance } from "../sim/chance.ts";
import { linesText } from "../support/cluster-generators.ts";

export interface Order {
  kind: string;
  /** The `seed` names the order inside its file. */
  params: { lines: number; pace: number; seed: string } | Record<string, never>;
  /** The error code it must end with; null when it must produce a file. */
  failure: string | null;
  /** Its progress advances continuously while it runs, including after a takeover. */
  isSteady: boolean;
  /** The shortest possible generation time, in milliseconds. */
  leastMs: number;
}

/** `seed` must be new for every order. */
export function drawOrder(chance: Chance, seed: string): Order {
  return chance.weighted<() => Order>([
    { weight: 35, value: () => linesOrder("lines", seed, chance.whole(20, 80), chance.whole(5, 15)) },
    { weight: 25, value: () => linesOrder("lines", seed, chance.whole(150, 400), 10) },
    { weight: 8, value: () => linesOrder("lines", seed, chance.whole(500, 900), 15) },
    { weight: 20, value: () => linesOrder("lines-inline", seed, chance.whole(100, 500), 10) },
    { weight: 10, value: () => bulkOrder(seed, chance.whole(10_000, 60_000)) },
    { weight: 6, value: () => wholeOrder(seed, chance.whole(20, 80)) },
    { weight: 4, value: failingOrder },
  ])();
}

/** The complete file of a successful order. */
export function expectedText({ params }: Order): string {
  return linesText(params.seed as string, params.lines as number);
}

function linesOrder(kind: string, seed: string, lines: number, pace: number): Order {
  return { kind, params: { lines, pace, seed }, failure: null, isSteady: true, leastMs: lines * pace };
}

function bulkOrder(seed: string, lines: number): Order {
  return {
    kind: "bulk",
    params: { lines, pace: 40, seed },
    failure: null,
    isSteady: true,
    leastMs: (lines / 500) * 40,
  };
}

/** Without checkpoints the bar stalls until a successor has got as far as the dead holder. */
function wholeOrder(seed: string, lines: number): Order {
  return {
    kind: "whole",
    params: { lines, pace: 10, seed },
    failure: null,
    isSteady: false,
    leastMs: lines * 10,
  };
}

function failingOrder(): Order {
  return { kind: "throws", params: {}, failure: "generation-failed", isSteady: false, leastMs: 0 };
}
