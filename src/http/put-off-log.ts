/** @module What is put off while an engine is away, in the log: every client tries again, so it is told seldom. */

import { messageOf } from "../errors.ts";
import type { Fields } from "../telemetry/log.ts";
import type { TellSeldom } from "./seldom-log.ts";

/** Logs the error as one line without a stack, or counts it. */
export type TellPutOff = (error: unknown, fields: Fields, message: string) => void;

export function createPutOffLog(tell: TellSeldom): TellPutOff {
  return (error, fields, message) => tell(message, { ...fields, reason: messageOf(error) }, message, "warn");
}
