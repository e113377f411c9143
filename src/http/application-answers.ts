/** @module Calls the application's functions about a request, which may throw, hang, or return invalid results. */

import { LONGEST_USER } from "../download/key.ts";
import { isCarryoutError, UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { valueName } from "../text/value-name.ts";
import { HttpProblem } from "./problems.ts";

interface Patience {
  clock: Clock;
  /** How long an answer may take, milliseconds. */
  timeoutMs: number;
}

/**
 * Identifies the user: the id, or null for none (undefined, null, false, an empty string). A numeric id becomes text.
 * For any other result or an exception it fails with 500 and a log line that names `identify`; with 503 if there is
 * no answer in time.
 */
export function checkedIdentify(
  identify: (request: Request) => unknown,
  patience: Patience,
): (request: Request) => Promise<string | null> {
  return async (request) => userOf(await answerOf("identify", () => identify(request), patience));
}

/** Whether the request is an operator's: true, or else false, undefined or null. Fails like `identify`. */
export function checkedOperators(
  operators: (request: Request) => unknown,
  patience: Patience,
): (request: Request) => Promise<boolean> {
  return async (request) => {
    const answer = await answerOf("operators", () => operators(request), patience);
    if (typeof answer === "boolean") return answer;
    if (answer === undefined || answer === null) return false;
    throw mistake(`operators must return true or false, not ${valueName(answer)}`);
  };
}

function userOf(answer: unknown): string | null {
  if (answer === undefined || answer === null || answer === false || answer === "") return null;
  const user = typeof answer === "bigint" || Number.isSafeInteger(answer) ? String(answer) : answer;
  if (typeof user !== "string")
    throw mistake(`identify must return a string or null, not ${valueName(answer)}`);
  if (user.length > LONGEST_USER) {
    throw mistake(`identify must return a string of at most ${LONGEST_USER} characters, not ${user.length}`);
  }
  if (!user.isWellFormed()) throw mistake("identify must return well-formed Unicode, not a lone surrogate");
  return user;
}

async function answerOf(name: string, ask: () => unknown, { clock, timeoutMs }: Patience): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutMs, () => {
    late.reject(new UnavailableError(`${name} did not answer within ${timeoutMs / 1_000} seconds`));
  });
  try {
    return await Promise.race([(async () => ask())(), late.promise]);
  } catch (error) {
    if (error instanceof HttpProblem || isCarryoutError(error, "unavailable")) throw error;
    throw mistake(`${name} failed`, error);
  } finally {
    cancel();
  }
}

/** The visitor sees only a reference; the log has the details. */
function mistake(message: string, cause?: unknown): HttpProblem {
  return new HttpProblem("internal-error", message, { cause });
}
