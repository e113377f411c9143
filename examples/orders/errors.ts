import { CarryoutError } from "../../src/index.ts"; // "carryout" in your project

/** Whether the same call may succeed later without a change. */
export function mayTryAgain(error: unknown): boolean {
  return error instanceof CarryoutError && error.retriable;
}
