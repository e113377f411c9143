/** @module How a generation failed, as far as it can cross from one process to another. */

import { CarryoutError, isCarryoutError } from "../errors.ts";
import { describeThrown, errorOf, type Thrown } from "../text/thrown.ts";
import { aborted, generationFailed } from "./generation.ts";

/** The class of an error can't cross; what it says, and whether its user may read it, can. */
export interface FailureMessage {
  code: "generation-failed" | "aborted";
  message: string;
  retriable: boolean;
  /** Whether the message was made for the user of the download. */
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

/** On the other side: the error that is told. */
export function failureFrom({ code, message, retriable, exposed, thrown }: FailureMessage): CarryoutError {
  if (code === "aborted") return aborted();
  return new CarryoutError(code, message, { retriable, expose: exposed, cause: errorOf(thrown) });
}
