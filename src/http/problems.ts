/** @module Errors as `application/problem+json` (RFC 9457). The only place that maps codes to HTTP statuses. */

import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type CarryoutError, type ErrorCode, isCarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { LogDeferred } from "./deferred-log.ts";
import { PROBLEM_PAGE_HEADERS, problemPage, wantsPage } from "./problem-page.ts";

/** Prefix of `type`, followed by the code. Stable: programs compare it. */
export const PROBLEM_TYPE = "urn:carryout:problem:";

/** Problems that only exist at the HTTP surface. */
type HttpCode =
  | "invalid-json"
  | "invalid-form"
  | "bad-request"
  | "unauthenticated"
  | "forbidden"
  | "cross-origin"
  | "unknown-host"
  | "ambiguous-visitor"
  | "no-such-route"
  | "unknown-node"
  | "node-silent"
  | "method-not-allowed"
  | "expired"
  | "precondition-failed"
  | "request-timeout"
  | "body-too-large"
  | "unsupported-media-type"
  | "range-not-satisfiable"
  | "too-many-streams"
  | "too-many-transfers"
  | "too-many-connections"
  | "headers-too-large"
  | "not-serving"
  | "internal-error";

export type ProblemCode = ErrorCode | HttpCode;

interface Kind {
  status: ContentfulStatusCode;
  title: string;
  /** Sent to the caller instead of the error's message, which may contain internal paths and hosts. */
  detail?: string;
  /** In seconds. */
  retryAfter?: number;
}

const INTERNAL: Kind = {
  status: 500,
  title: "Something went wrong on our side",
  detail: "The error was logged under this reference.",
};

const AWAY: Kind = {
  status: 503,
  title: "Temporarily unavailable",
  detail: "This node can't do that now. Nothing was changed; retry.",
  retryAfter: 1,
};

const LEAVING: Kind = {
  status: 503,
  title: "This node is stopping",
  detail: "Retry; another node will answer.",
  retryAfter: 1,
};

/** Each is in docs/reference/errors.md as well. */
export const PROBLEMS: Readonly<Record<ProblemCode, Kind>> = {
  "invalid-json": { status: 400, title: "The body is not valid JSON" },
  "invalid-form": { status: 400, title: "The body is not a valid form" },
  "bad-request": { status: 400, title: "The request can't be understood" },
  "ambiguous-visitor": { status: 400, title: "The request has two visitors' cookies" },
  unauthenticated: { status: 401, title: "Sign in first" },
  forbidden: { status: 403, title: "For operators only" },
  "cross-origin": { status: 403, title: "Refused: the request comes from another site" },
  "unknown-host": { status: 421, title: "This host is not served here" },
  "unknown-node": { status: 404, title: "No such node" },
  "no-such-route": { status: 404, title: "Not found" },
  "not-found": { status: 404, title: "No such download" },
  "unknown-kind": { status: 404, title: "No such kind of download" },
  "method-not-allowed": { status: 405, title: "This method is not supported here" },
  "download-in-progress": { status: 409, title: "Another download is in progress" },
  "not-failed": { status: 409, title: "The download did not fail" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "not-ready": { status: 409, title: "The file is not ready" },
  expired: { status: 410, title: "The file has expired" },
  "precondition-failed": { status: 412, title: "The file does not match the condition" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body has an unsupported media type" },
  "range-not-satisfiable": { status: 416, title: "The range lies outside the file" },
  "invalid-request": { status: 422, title: "The request has the wrong shape" },
  "key-reused": { status: 422, title: "This idempotency key belongs to another request" },
  "invalid-parameters": { status: 422, title: "The parameters are not valid" },
  "too-many-downloads": { status: 429, title: "Too many downloads are unfinished", retryAfter: 10 },
  "too-many-streams": { status: 429, title: "Too many event streams are open", retryAfter: 10 },
  "too-many-transfers": { status: 429, title: "Too many files are being downloaded", retryAfter: 5 },
  "headers-too-large": { status: 431, title: "The header is too large" },
  "too-many-connections": { status: 503, title: "Too many connections are open", retryAfter: 5 },
  "not-serving": {
    status: 503,
    title: "This node is not accepting requests",
    detail: "Use another node, or retry.",
    retryAfter: 1,
  },
  "internal-error": INTERNAL,
  "file-lost": { status: 410, title: "The file no longer exists" },
  "missing-part": INTERNAL,
  aborted: INTERNAL,
  "generation-failed": INTERNAL,
  "generation-stalled": INTERNAL,
  "generation-timed-out": INTERNAL,
  "generation-out-of-memory": INTERNAL,
  "generation-keeps-crashing": INTERNAL,
  "generation-interrupted": { status: 500, title: "The file could not be generated" },
  "invalid-config": INTERNAL,
  "store-corrupt": INTERNAL,
  "store-unusable": INTERNAL,
  "node-silent": { status: 503, title: "The node does not respond", retryAfter: 1 },
  unavailable: AWAY,
  "record-too-new": AWAY,
  draining: LEAVING,
  closed: LEAVING,
};

/** Thrown by handlers; `detail` is shown to the caller. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      members?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HttpProblem";
    this.code = code;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

export interface Problem {
  status: ContentfulStatusCode;
  headers: Record<string, string>;
  body: { type: string; title: string; status: number; code: ProblemCode; detail: string } & Record<
    string,
    unknown
  >;
}

/** Any error as a problem. For unexpected errors the caller learns nothing except that one occurred. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpProblem) return problem(error.code, error.message, error.members, error.headers);
  if (isCarryoutError(error)) return problem(error.code, error.message, publicDetails(error));
  return problem("internal-error", "");
}

function problem(
  code: ProblemCode,
  message: string,
  members: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Problem {
  const { status, title, detail = message, retryAfter } = PROBLEMS[code];
  return {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      // The next attempt should reach another node: a kept-alive connection would lead to this one again.
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter), Connection: "close" }),
      ...headers,
    },
    body: { type: `${PROBLEM_TYPE}${code}`, title, status, code, detail, ...members },
  };
}

function publicDetails(error: CarryoutError): Record<string, unknown> {
  if (error.code === "too-many-downloads") return { limit: error.details.limit };
  return error.code === "invalid-parameters" || error.code === "invalid-request"
    ? {
        errors: error.details.errors ?? [{ path: "", message: error.message }],
        ...(error.details.moreErrors === undefined ? {} : { moreErrors: error.details.moreErrors }),
      }
    : {};
}

/** True for answers of a node that is cut off or stopping: expected and temporary. */
export function isDeferred(error: unknown): boolean {
  return problemOf(error).status === AWAY.status;
}

/** The setting whose limit was reached; null for other problems. */
export function limitOf(error: unknown): string | null {
  const { limit } = problemOf(error).body;
  return typeof limit === "string" ? limit : null;
}

/** The app's error handler: answers with the problem, and logs internal errors with a reference. */
export function problemHandler(services: {
  log: Log;
  clock: Clock;
  logDeferred: LogDeferred;
  /** Counts a refusal. */
  refused: (context: Context, limit: string) => void;
  /** Reports a security-related refusal. */
  denied: (context: Context, error: unknown) => void;
  homePath: string;
}): (error: Error, context: Context) => Answer {
  const { log, clock, logDeferred, refused, denied, homePath } = services;
  return (error, context) => {
    const { path } = context.req;
    const { status } = problemOf(error);
    const limit = limitOf(error);
    if (limit !== null) refused(context, limit);
    if (isDeferred(error)) logDeferred(error, { path }, "request deferred: engine unavailable");
    denied(context, error);
    if (status !== INTERNAL.status) return problemTo(context, error, homePath);
    const reference = clock.id();
    log.error({ error, reference, path }, "request failed");
    return problemTo(context, error, homePath, { reference });
  };
}

type Answer = Response | Promise<Response>;

/** The problem as the answer to a request, with headers already set for it. Browsers get it as a page. */
export function problemTo(
  context: Context,
  error: unknown,
  homePath: string,
  members: Record<string, unknown> = {},
): Answer {
  const { status, headers, body } = problemOf(error);
  const told = { ...body, ...members };
  context.header("Vary", "Accept", { append: true });
  if (!wantsPage(context.req.raw)) return context.body(JSON.stringify(told), status, headers);
  const { "Content-Type": _json, ...others } = headers;
  return context.html(problemPage(told, homePath), status, { ...others, ...PROBLEM_PAGE_HEADERS });
}

/** The same without an app, for requests that can't be parsed. */
export function problemResponse(error: unknown): Response {
  const { status, headers, body } = problemOf(error);
  return new Response(JSON.stringify(body), { status, headers });
}
