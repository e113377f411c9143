/** @module A generation's failure, serialised for transfer between processes. */

import { CarryoutError, isCarryoutError } from "../errors.ts";
import { describeThrown, errorOf, type Thrown } from "../text/thrown.ts";
import { aborted, generationFailed } from "./generation.ts";

/** An error's class is lost in transfer; its message, and whether users may read it, are kept. */
export interface FailureMessage {
  code: "generation-failed" | "aborted";
  message: string;
  retriable: boolean;
  /** Whether the message is meant for the download's user. */
  exposed: boolean;
  /** What the generator threw, for the log. */
  thrown: Thrown;
}

/** Never throws, whatever was thrown. */
export function failureMessage(error: unknown): FailureMessage {
  const failure = isCarryoutError(error) ? error : generationFailed(error);
  const { code, message, retriable, expose, cause } = failure;
  return {
    code: code === "aborted" ? code : "generation-failed",
    message,
    retriable,
    exposed: expose,
    thrown: describeThrown(cause ?? failure),
  };
}

/** On the receiving side: the error to report. */
export function failureFrom({ code, message, retriable, exposed, thrown }: FailureMessage): CarryoutError {
  if (code === "aborted") return aborted();
  return new CarryoutError(code, message, { retriable, expose: exposed, cause: errorOf(thrown) });
}
