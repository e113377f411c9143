/** @module What a check of `carryout doctor` found. */

import type { EngineFinding } from "../../ports/engine.ts";

export type Finding = EngineFinding;

/** A finding without its name. */
export type Outcome = Omit<Finding, "check">;

export function ok(found: string): Outcome {
  return { verdict: "ok", found };
}

export function warn(found: string, advice: string): Outcome {
  return { verdict: "warn", found, advice };
}

export function fail(found: string, advice: string): Outcome {
  return { verdict: "fail", found, advice };
}
