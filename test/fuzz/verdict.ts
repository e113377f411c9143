/** @module What must never appear in an answer, whatever the request. */

import type { RawOutcome, RawResponse } from "./raw-http.ts";

export interface Secrets {
  /** Must never appear in an answer to another user. */
  always: readonly string[];
  /** Must never appear unless it was in the request itself. */
  unlessSent: readonly string[];
  /** Folders of the server. */
  folders: readonly string[];
}

/** The HTTP parser of Node answers these itself, before any program sees the request; without a body. */
const FROM_THE_PARSER = new Set([400, 408, 413, 417, 431]);
/** A browser that navigates gets a problem as a page. */
const WANTS_PAGE = /\r\naccept:[^\r]*text\/html/i;
const STACK = /(^|\n|\\n)\s*at .+:\d+:\d+|node:internal|node_modules|file:\/\/\//;

/** What is wrong with the answer; null when nothing is. */
export function faultOf(outcome: RawOutcome, sent: Buffer, secrets: Secrets): string | null {
  if (outcome === "none") return null;
  if (outcome === "hung") return "neither an answer nor an end";
  const { status, headers, text } = outcome;
  if (!(status >= 200 && status < 600)) return `status ${status}`;
  if (status >= 500 && !(status === 503 && headers.has("retry-after"))) return `status ${status}`;
  const leaked = [
    ...secrets.always.filter((secret) => text.includes(secret)),
    ...secrets.unlessSent.filter((secret) => text.includes(secret) && !sent.includes(secret, 0, "latin1")),
  ];
  if (leaked.length > 0) return `tells ${leaked.join(" and ")}`;
  if (status >= 400) return faultOfProblem(outcome, secrets, WANTS_PAGE.test(sent.toString("latin1")));
  if (status >= 300 && status !== 304) return faultOfRedirect(headers.get("location") ?? "");
  return null;
}

function faultOfProblem(
  { status, headers, body }: RawResponse,
  { folders }: Secrets,
  mayBePage: boolean,
): string | null {
  if (body.byteLength === 0) {
    const mayBeEmpty = FROM_THE_PARSER.has(status) || headers.has("content-type"); // the answer to a HEAD
    return mayBeEmpty ? null : `status ${status} without a word`;
  }
  const type = headers.get("content-type");
  const words = body.toString("utf8");
  const isPage = mayBePage && type?.startsWith("text/html") === true;
  if (type !== "application/problem+json" && !isPage) {
    return `status ${status} as ${type}: ${words.slice(0, 100)}`;
  }
  if (STACK.test(words) || folders.some((folder) => words.includes(folder)))
    return `tells of its insides: ${words}`;
  if (isPage) return null;
  const problem = parsed(words);
  if (problem === null) return `is no JSON: ${words.slice(0, 100)}`;
  if (problem.status !== status) return `says status ${problem.status} in an answer with ${status}`;
  const isWhole = [problem.type, problem.title, problem.detail].every((value) => typeof value === "string");
  return isWhole ? null : `is no whole problem: ${words}`;
}

/** Redirects may only lead to a path of this origin. */
function faultOfRedirect(location: string): string | null {
  const isOurs = /^\/(?![/\\])/.test(location);
  return isOurs ? null : `sends away to ${JSON.stringify(location)}`;
}

function parsed(words: string): Record<string, unknown> | null {
  try {
    return JSON.parse(words) as Record<string, unknown>;
  } catch {
    return null;
  }
}
