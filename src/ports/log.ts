/** @module Port: where log lines go. */

/** What was thrown goes into `error`, the one place where its stack and causes are written. */
export type Fields = Record<string, unknown> & { cause?: never; level?: never; time?: never; msg?: never };

/** Fields first, then a sentence that stays the same from line to line. An error goes into the field `error`. */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  /** A log that adds these fields to every line. */
  child(fields: Fields): Log;
}
