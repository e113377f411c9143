/** @module What a check of `carryout doctor` found. */

export type Verdict = "ok" | "warn" | "fail";

export interface Finding {
  /** The subject of the check, in a word or two. */
  check: string;
  verdict: Verdict;
  /** What was found. */
  found: string;
  /** How to fix it, if there is anything to fix. */
  advice?: string;
}

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
