/** @module The human-readable log of a node started from a terminal; each line begins with the node's name. */

import type { LogLevel } from "../config/config.ts";
import { type Log, openLog } from "../telemetry/log.ts";
import { writeToStandardError } from "../telemetry/standard-error.ts";

export function nodeLog(level: LogLevel, name: string): Log {
  return openLog({ level, pretty: true, write: (line) => writeToStandardError(`${name}  ${line}`) });
}
