/** @module Event streams end with the session in which they were opened. */

import type { Clock } from "../ports/clock.ts";

export interface WhileAllowedOptions {
  clock: Clock;
  /** Between two looks. */
  everyMs: number;
  isAllowed: () => Promise<boolean>;
  /** Told when it can't be known; the stream goes on until it can. */
  onFailure: (error: unknown) => void;
}

/** A signal that aborts when the given one does, or when a look says that the caller may no longer see this. */
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
