/** @module Reads the head of an answer: which bytes of the file follow, or why there are none. */

import type { IncomingMessage } from "node:http";
import { systemClock } from "../clock/system.ts";
import { oneLine } from "../generator/one-line.ts";
import { ExternalError } from "./external-error.ts";
import type { Followed, Part } from "./follow.ts";

/** The body that follows the head. */
export interface Content {
  /** Number of bytes at its beginning that are already stored. */
  skip: number;
  /** Of the whole file; null if unknown. */
  total: number | null;
  /** Strong, or null: then the file can't be continued. */
  etag: string | null;
}

/** Longest description of a problem, in bytes. */
const LONGEST_PROBLEM = 64 * 1024;
/** Longest time to receive it, in milliseconds. */
const PROBLEM_MS = 5_000;
const LONGEST_ETAG = 1_000;

/**
 * For an answer of 200 or 206 to a request for the whole file or a part of it. Throws an `ExternalError` for any other
 * answer, and for one whose truncation could not be detected.
 */
export async function contentOf(answer: Followed, part: Part | null): Promise<Content> {
  const { response, url } = answer;
  const { statusCode = 0, headers } = response;
  const wrong = (what: string) =>
    new ExternalError("answer-invalid", `${url.origin} answered ${statusCode} ${what}`, { retriable: false });
  if (statusCode === 416 && part !== null) throw changed(url);
  if (statusCode >= 400) throw await refusal(answer);
  if (statusCode !== 200 && (statusCode !== 206 || part === null)) throw wrong("in place of a file");
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw wrong(`with the content coding ${oneLine(encoding, 40)}`);
  const length = headers["content-length"] === undefined ? null : Number(headers["content-length"]);
  if (length === null && !/\bchunked$/i.test(headers["transfer-encoding"] ?? "")) {
    throw wrong(
      "with neither Content-Length nor chunked transfer coding, so that truncation could not be detected",
    );
  }
  const etag = strongTag(headers.etag);
  if (part !== null && etag !== part.etag) throw changed(url);
  if (statusCode === 200) return { skip: part?.from ?? 0, total: length, etag };
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(first) !== part?.from) throw wrong("with a different part than the requested one");
  return { skip: 0, total: total === "*" || total === undefined ? null : Number(total), etag };
}

/** `W/"…"` names files that may differ in their bytes. */
function strongTag(etag: string | undefined): string | null {
  return etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) && etag.length <= LONGEST_ETAG
    ? etag
    : null;
}

export function changed({ origin }: URL): ExternalError {
  return new ExternalError(
    "file-changed",
    `${origin} now sends a different file than the one stored in part`,
    { startOver: true },
  );
}

/** How long the service asks the client to wait, in milliseconds; null when it does not. */
export function retryAfterMs({ headers }: IncomingMessage, now: number): number | null {
  const given = headers["retry-after"];
  if (given === undefined) return null;
  const ms = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given) - now;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

export function isBusy({ statusCode }: IncomingMessage): boolean {
  return statusCode === 429 || statusCode === 503;
}

/** The user reads the detail of a problem (RFC 9457) that has `"expose": true`. */
async function refusal({ response, url }: Followed): Promise<ExternalError> {
  const { statusCode = 0 } = response;
  const problem = await problemIn(response);
  const text = [problem.title, problem.detail].filter((part) => typeof part === "string").join(": ");
  const isExposed = problem.expose === true && typeof problem.detail === "string" && problem.detail !== "";
  const message = isExposed
    ? oneLine(problem.detail as string, 500)
    : oneLine(`${url.origin} answered ${statusCode}${text === "" ? "" : `: ${text}`}`, 500);
  const isTransient = [408, 425, 429].includes(statusCode) || statusCode >= 500;
  return new ExternalError(
    isBusy(response) ? "service-busy" : isTransient ? "service-failed" : "service-refused",
    message,
    { retriable: isTransient, expose: isExposed },
  );
}

async function problemIn(response: IncomingMessage): Promise<Record<string, unknown>> {
  if (!/^application\/problem\+json\b/i.test(response.headers["content-type"] ?? "")) {
    response.destroy();
    return {};
  }
  const cancel = systemClock.after(PROBLEM_MS, () => response.destroy());
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LONGEST_PROBLEM) return {};
      chunks.push(chunk);
    }
    const problem: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return typeof problem === "object" && problem !== null ? (problem as Record<string, unknown>) : {};
  } catch {
    return {};
  } finally {
    cancel();
  }
}
