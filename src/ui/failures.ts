/** @module Why something failed, in words for users. What only developers understand goes to the console. */

import type { DownloadView } from "../client/download-view.ts";
import { list } from "../client/format.ts";
import type { Problem } from "../client/problem.ts";
import { nameFor } from "./listed.ts";
import { asWords, fill, type Words } from "./words.ts";

/** The codes of downloads that ended with an error. Others have the application's own message. */
const FAILURES = {
  tooSlow: "generation-timed-out generation-stalled",
  tooLarge: "generation-out-of-memory",
  broken: "generation-keeps-crashing",
  notOffered: "unknown-kind",
  lost: "file-lost missing-part",
} satisfies Partial<Words>;

/** The codes of requests that were not accepted. Others have the application's own message. */
const REFUSALS = {
  signedOut: "signed-out unauthenticated",
  noCookies: "no-cookies",
  unreachable: "unreachable",
  notOffered: "unknown-kind",
  tooMany: "too-many-downloads",
  busy: "too-many-connections unavailable draining closed record-too-new",
  broken: "internal-error",
  notAllowed: "forbidden cross-origin",
  gone: "not-found expired",
} satisfies Partial<Words>;

/** Why a download failed. */
export function failureText({ id, error }: DownloadView, words: Words): string {
  if (!error) return "";
  const word = nameFor(FAILURES, error.code);
  if (word) return words[word];
  // The server's own sentence, which the title says as well, and what finds the reason in its log.
  if (error.message.includes(`Reference: ${id}`)) return `${words.broken} ${fill(words.reference, { id })}`;
  return error.message;
}

/** Why a request was not accepted. `titles` are the names of parameters, as users know them. */
export function problemText(
  problem: Problem,
  words: Words,
  locale: string,
  titles: Readonly<Record<string, string>> = {},
): string {
  const word = nameFor(REFUSALS, problem.code);
  if (word) return words[word];
  const { errors } = problem;
  if (!errors) return problem.message;
  const told = errors.filter(({ message }) => !isTechnical(message)).map(({ message }) => message);
  if (told.length === errors.length) return told.join(" ");
  const names = errors.map(({ path }) => titles[path] ?? asWords(path.replaceAll(".", " ")));
  return fill(words.invalid, { names: list([...new Set(names)], locale) });
}

/**
 * True for the default messages of schema libraries, which tell types and values to developers ("Invalid input: expected
 * number, received NaN"). Messages that the application gives its schema are sentences for users.
 */
export function isTechnical(message: string): boolean {
  return /\b(expected|received|invalid (input|type|string|option|key|element|format)|must match|regex|undefined|NaN|unrecognized|must be a? ?(string|number|boolean|object|array))\b/i.test(
    message,
  );
}
