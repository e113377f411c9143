/** @module What the application says of a request: its functions may throw, hang, or answer what can't be meant. */

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
 * Asks whose request it is: the id, or null for nobody (undefined, null, false, an empty text). The id of a table with
 * numbers becomes text. Fails with 500 and a line in the log that names `identify` for everything else, and for
 * what it throws; with 503 when it does not answer in time.
 */
export function checkedIdentify(
  identify: (request: Request) => unknown,
  patience: Patience,
): (request: Request) => Promise<string | null> {
  return async (request) => userOf(await answerOf("identify", () => identify(request), patience));
}

/** Asks whether the request is an operator's. Only true is yes; no is false, undefined or null. Fails as `identify`. */
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

/** The visitor reads that something went wrong, under a reference; the log has this. */
function mistake(message: string, cause?: unknown): HttpProblem {
  return new HttpProblem("internal-error", message, { cause });
}
