/** @module Rate-limits similar log lines caused by many requests: the first is logged at once, the rest are counted. */

import type { Clock } from "../ports/clock.ts";
import type { Fields, Log } from "../telemetry/log.ts";

const PAUSE_MS = 10_000;
/** Some keys are chosen by clients: beyond this number, keys share an interval. */
const MOST_KEYS = 100;

/** Logs a line, or counts it among those of the same key. */
export type TellSeldom = (key: string, fields: Fields, message: string, level: "info" | "warn") => void;

/**
 * The first line with a key is logged at once. Of those that follow within 10 s, the last is logged at the end of the
 * interval, and so on; `leftOut` says how many more there were.
 */
export function createSeldomLog(log: Log, clock: Clock): TellSeldom {
  const pauses = new Map<string, { untold: number; last: Fields }>();

  const tell: TellSeldom = (key, fields, message, level) => {
    log[level](fields, message);
    pauses.set(key, { untold: 0, last: fields });
    clock.after(PAUSE_MS, () => {
      const { untold, last } = pauses.get(key)!;
      pauses.delete(key);
      if (untold > 0) tell(key, { ...last, leftOut: untold - 1 }, message, level);
    });
  };

  return (given, fields, message, level) => {
    const key = pauses.has(given) || pauses.size < MOST_KEYS ? given : message;
    const pause = pauses.get(key);
    if (pause) pauses.set(key, { untold: pause.untold + 1, last: fields });
    else tell(key, fields, message, level);
  };
}
