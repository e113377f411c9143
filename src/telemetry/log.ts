/** @module The log: structured lines for programs, or readable ones for people; never a secret. */

import { type Logger, pino } from "pino";
import type { Fields, Log } from "../ports/log.ts";
import type { Thrown } from "../text/thrown.ts";
import { loggable } from "./fields.ts";
import { printable } from "./printable.ts";
import { writeToStandardError } from "./standard-error.ts";

export type { Fields, Log };

type Level = "debug" | "info" | "warn" | "error";
type LogLevel = Level | "silent";

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

/**
 * Writes to standard error, which leaves standard output to a command's answers. One JSON object per line, or with
 * `pretty` a human-readable line. Lines are written synchronously, so that the last lines of a dying process are kept.
 * Never throws, whatever the fields hold; control characters in them are escaped.
 */
export function openLog(options: { level: LogLevel; pretty?: boolean; write?: (line: string) => void }): Log {
  const write = options.write ?? writeToStandardError;
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(printable(options.pretty ? prettyLine(line) : line)) },
  );
  return logOver(logger, {});
}

/** The fields are merged before they are written: a key appears once per line, whichever log added it. */
function logOver(logger: Pick<Logger, Level | "isLevelEnabled">, common: Fields): Log {
  const writeAt = (level: Level) => (fields: Fields, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](loggable({ ...common, ...fields }), message);
  };
  return {
    debug: writeAt("debug"),
    info: writeAt("info"),
    warn: writeAt("warn"),
    error: writeAt("error"),
    child: (fields) => logOver(logger, { ...common, ...fields }),
  };
}

/** `12:34:56.789 WARN  message  key=value …`, and below it the stack of an error and of its causes. */
function prettyLine(line: string): string {
  const { time, level, msg, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${msg ?? ""}`;
  const below = isThrown(error) ? storyOf(error) : [];
  if (error !== undefined && below.length === 0) facts.push(`error=${plain(error)}`);
  return `${[head, ...facts].join("  ")}${below.map((text) => `\n  ${text.replaceAll("\n", "\n  ")}`).join("")}\n`;
}

function isThrown(error: unknown): error is Thrown {
  return typeof error === "object" && error !== null && "message" in error;
}

function storyOf({ name, message, stack, cause, errors = [] }: Thrown): string[] {
  const causes = cause === undefined ? errors : [cause, ...errors];
  return [
    stack?.includes(message) ? stack : `${name}: ${message}${stack ? `\n${stack}` : ""}`,
    ...causes.flatMap(storyOf).map((text) => (text.startsWith("caused by ") ? text : `caused by ${text}`)),
  ];
}

function plain(value: unknown): string {
  return typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
