/** @module Ends event streams with the session in which they were opened. */

import type { Clock } from "../ports/clock.ts";

export interface WhileAllowedOptions {
  clock: Clock;
  /** Interval between checks. */
  everyMs: number;
  isAllowed: () => Promise<boolean>;
  /** Called when a check fails; the stream continues until one succeeds. */
  onFailure: (error: unknown) => void;
}

/** A signal that aborts when the given one does, or when a check says that the caller may no longer see this. */
export function whileAllowed(signal: AbortSignal, options: WhileAllowedOptions): AbortSignal {
  const { clock, everyMs, isAllowed, onFailure } = options;
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const lookLater = () => {
    const cancel = clock.after(everyMs, () => {
      both.removeEventListener("abort", cancel);
      isAllowed().then((allowed) => {
        if (!allowed) ending.abort();
        else if (!both.aborted) lookLater();
      }, failed);
    });
    both.addEventListener("abort", cancel, { once: true });
  };
  const failed = (error: unknown) => {
    onFailure(error);
    if (!both.aborted) lookLater();
  };
  lookLater();
  return both;
}
