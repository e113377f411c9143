/** @module Port: where log lines go. */

/** Pass anything thrown as `error`, the only field whose stack and causes are logged. */
export type Fields = Record<string, unknown> & { cause?: never; level?: never; time?: never; msg?: never };

/** Takes fields and a constant message. Errors go into the field `error`. */
export interface Log {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  /** A log that adds these fields to every line. */
  child(fields: Fields): Log;
}
