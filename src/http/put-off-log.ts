/** @module What is put off while an engine is away, in the log: every client tries again, so it is told seldom. */

import type { Clock } from "../clock/clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../telemetry/log.ts";

const PAUSE_MS = 10_000;

type Fields = Record<string, unknown>;

/** Logs the error as one line without a stack, or counts it. */
export type TellPutOff = (error: unknown, fields: Fields, message: string) => void;

/**
 * The first with a message is told at once. Of those that follow within 10 s the last is told at the end of these, and
 * so on; `leftOut` says how many more there were.
 */
export function createSeldomLog(log: Log, clock: Clock): (fields: Fields, message: string) => void {
  const pauses = new Map<string, { untold: number; last: Fields }>();

  const tell = (message: string, fields: Fields) => {
    log.warn(fields, message);
    pauses.set(message, { untold: 0, last: fields });
    clock.after(PAUSE_MS, () => {
      const { untold, last } = pauses.get(message)!;
      pauses.delete(message);
      if (untold > 0) tell(message, { ...last, leftOut: untold - 1 });
    });
  };

  return (fields, message) => {
    const pause = pauses.get(message);
    if (pause) pauses.set(message, { untold: pause.untold + 1, last: fields });
    else tell(message, fields);
  };
}

export function createPutOffLog(log: Log, clock: Clock): TellPutOff {
  const tell = createSeldomLog(log, clock);
  return (error, given, message) => tell({ ...given, reason: messageOf(error) }, message);
}
