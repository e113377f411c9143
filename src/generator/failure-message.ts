/** @module A generation's failure, serialised for transfer between processes. */

import { CarryoutError, isCarryoutError } from "../errors.ts";
import { describeThrown, errorOf, type Thrown } from "../text/thrown.ts";
import { StartOverError } from "./executor.ts";
import { aborted, generationFailed } from "./generation.ts";

/** An error's class is lost in transfer; its message, and whether users may read it, are kept. */
export interface FailureMessage {
  code: "generation-failed" | "aborted";
  message: string;
  retriable: boolean;
  /** Whether the message is meant for the download's user. */
  exposed: boolean;
  /** See `StartOverError`. */
  startsOver: boolean;
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
    startsOver: failure instanceof StartOverError,
    thrown: describeThrown(cause ?? failure),
  };
}

/** On the receiving side: the error to report. */
export function failureFrom(failure: FailureMessage): CarryoutError {
  const { code, message, retriable, exposed, startsOver, thrown } = failure;
  if (code === "aborted") return aborted();
  const Failed = startsOver ? StartOverError : CarryoutError;
  return new Failed(code, message, { retriable, expose: exposed, cause: errorOf(thrown) });
}
