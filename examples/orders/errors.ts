import { isCarryoutError } from "carryout";

/** Whether the same call may succeed later without a change. */
export function mayTryAgain(error: unknown): boolean {
  return isCarryoutError(error) && error.retriable;
}

export function isRunningAlready(error: unknown): boolean {
  return isCarryoutError(error, "download-in-progress");
}
