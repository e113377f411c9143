/** @module What a check of `carryout doctor` found. */

export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
  /** What was looked at, in a word or two. */
  check: string;
  verdict: Verdict;
  /** What was found. */
  found: string;
  /** What to do about it; only where there is something to do. */
  advice?: string;
}

/** A check without its name. */
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
