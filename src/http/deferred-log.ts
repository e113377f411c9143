/** @module Logs requests deferred while an engine is unavailable, rarely, since every client retries. */

import { messageOf } from "../errors.ts";
import type { Fields } from "../telemetry/log.ts";
import type { TellSeldom } from "./seldom-log.ts";

/** Logs the error as one line without a stack, or counts it. */
export type LogDeferred = (error: unknown, fields: Fields, message: string) => void;

export function createDeferredLog(tell: TellSeldom): LogDeferred {
  return (error, fields, message) => tell(message, { ...fields, reason: messageOf(error) }, message, "warn");
}
