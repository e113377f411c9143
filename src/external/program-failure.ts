/** @module Describes why a program made no file, for the log and for the user. */

import { basename } from "node:path";
import { oneLine } from "../generator/one-line.ts";
import { ExternalError } from "./external-error.ts";
import type { OutputTail } from "./output-tail.ts";
import type { Exit } from "./program-group.ts";

/** How a program failed, for the function that chooses the user's message. */
export interface ProgramFailure {
  /** Null when a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The last 2,000 bytes of its standard error. It may contain hosts, paths and users. */
  stderr: string;
}

export function programFailed(program: string, { code, signal }: Exit, tail: OutputTail): ExternalError {
  const lastLine = oneLine(tail.lastLine(), 200);
  const what = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  return new ExternalError(
    signal === null ? "program-failed" : "program-killed",
    `${basename(program)} ${what}${lastLine === "" ? "" : `: ${lastLine}`}`,
    { cause: said(tail) },
  );
}

export function outputEmpty(program: string, tail: OutputTail): ExternalError {
  const message = `${basename(program)} wrote nothing to its standard output`;
  return new ExternalError("output-empty", message, { cause: said(tail) });
}

export function outputIncomplete(program: string, endsWith: string, tail: OutputTail): ExternalError {
  const shown = JSON.stringify(oneLine(endsWith, 80));
  return new ExternalError(
    "output-incomplete",
    `${basename(program)} exited with 0, but its output does not end with ${shown} (endsWith)`,
    { cause: said(tail) },
  );
}

export function outputHeld(): ExternalError {
  return new ExternalError(
    "output-held",
    "the program has exited, but something that it started holds its standard output open: let it wait for that, or " +
      "redirect the output",
    { retriable: false },
  );
}

export function outputTooLarge(maxBytes: number): ExternalError {
  return new ExternalError("output-too-large", `the file has more than ${maxBytes} bytes (maxBytes)`, {
    retriable: false,
  });
}

/** The log shows the causes of an error. */
function said(tail: OutputTail): Error | undefined {
  const text = tail.text();
  if (text === "") return undefined;
  const error = new Error(text);
  error.name = "stderr";
  error.stack = "";
  return error;
}
