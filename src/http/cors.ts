/** @module CORS: pages of trusted origins may do the same from scripts as our own pages. */

import type { MiddlewareHandler } from "hono";
import { IDEMPOTENCY_KEY } from "./idempotency-key.ts";
import { VIEWER_HEADER } from "./identity.ts";
import type { TrustedOrigins } from "./origin.ts";

const METHODS = "GET, HEAD, POST, DELETE";
/** Besides those always allowed: the application may identify its users by any header. */
const HEADERS = [
  "Accept",
  "Authorization",
  "Content-Type",
  IDEMPOTENCY_KEY,
  "If-None-Match",
  "If-Range",
  "Range",
];
/** Besides those that scripts may always read. */
const EXPOSED = [
  "Accept-Ranges",
  VIEWER_HEADER,
  "Content-Disposition",
  "Content-Range",
  "ETag",
  "Link",
  "Location",
  "Repr-Digest",
  "Retry-After",
].join(", ");
const PREFLIGHT_MAX_AGE_S = 600;

/** Answers preflights, and lets the pages read answers, with cookies if the browser sends them. */
export function allowTrusted(trusted: TrustedOrigins): MiddlewareHandler {
  return async (context, next) => {
    if (trusted.size === 0) return next();
    context.header("Vary", "Origin", { append: true });
    const origin = context.req.header("origin");
    if (origin === undefined || !trusted.has(origin.toLowerCase())) return next();
    context.header("Access-Control-Allow-Origin", origin);
    context.header("Access-Control-Allow-Credentials", "true");
    const isPreflight =
      context.req.method === "OPTIONS" && context.req.header("access-control-request-method") !== undefined;
    if (!isPreflight) {
      context.header("Access-Control-Expose-Headers", EXPOSED);
      return next();
    }
    context.header("Access-Control-Allow-Methods", METHODS);
    context.header(
      "Access-Control-Allow-Headers",
      allowedHeaders(context.req.header("access-control-request-headers")),
    );
    context.header("Access-Control-Max-Age", String(PREFLIGHT_MAX_AGE_S));
    return context.body(null, 204);
  };
}

/** The page is trusted: any valid list of header names that it requests is allowed. */
function allowedHeaders(asked: string | undefined): string {
  return asked !== undefined && /^[\w\-, ]{1,1000}$/.test(asked) ? asked : HEADERS.join(", ");
}
