/** @module The log: structured lines for programs, or readable ones for people; never a secret. */

import { pino } from "pino";

type Fields = Record<string, unknown>;
type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Fields first, then a sentence that stays the same from line to line. An error goes into the field `error`. */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  /** A log that adds these fields to every line. */
  child(fields: Fields): Log;
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

/** Fields that are never written, at the top or one level down, whoever logs them by mistake. */
const SECRETS = ["secret", "token", "password", "cookie", "authorization"];

/**
 * Writes to standard error, which leaves standard output to what a command answers. One JSON object per line, or
 * with `pretty` a line for people. Lines are written at once, so that the last words of a process are kept.
 */
export function openLog(options: { level: LogLevel; pretty?: boolean; write?: (line: string) => void }): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[secret]" },
    },
    { write: options.pretty ? (line: string) => write(prettyLine(line)) : write },
  );
}

/** `12:34:56.789 WARN  message  key=value …`, and the stack of an error below it. */
function prettyLine(line: string): string {
  const { time, level, msg, error, ...fields } = JSON.parse(line) as Fields & { error?: Fields };
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  const failure = error?.stack ?? error?.message;
  const cause = failure ? `\n  ${String(failure).replaceAll("\n", "\n  ")}` : "";
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${msg ?? ""}`;
  return `${[head, ...facts].join("  ")}${cause}\n`;
}

function plain(value: unknown): string {
  return typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
