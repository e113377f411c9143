/** @module No other site may change anything: state-changing calls are refused unless they come from our own pages. */

import type { MiddlewareHandler } from "hono";
import { HttpProblem } from "./problems.ts";
import { type Front, requestHost } from "./request-origin.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** `trusted`: origins, such as `https://app.example`, whose pages may call as well. */
export function sameOriginOnly(options: { trusted: readonly string[]; front: Front }): MiddlewareHandler {
  const trusted = new Set(options.trusted.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  return async (context, next) => {
    const request = context.req.raw;
    if (!SAFE_METHODS.has(request.method) && !isAllowed(request, trusted, options.front)) {
      throw new HttpProblem("cross-origin", "Only pages of this origin may change anything here.");
    }
    await next();
  };
}

/**
 * `Sec-Fetch-Site` comes first: it is the browser's own verdict, no page can set it, and it is right even where a
 * proxy rewrites the host. `Origin` is for browsers that don't send it. A call with neither is no browser's.
 */
function isAllowed(request: Request, trusted: ReadonlySet<string>, front: Front): boolean {
  const origin = request.headers.get("origin");
  if (origin !== null && trusted.has(origin.toLowerCase())) return true;
  const site = request.headers.get("sec-fetch-site")?.toLowerCase();
  if (site !== undefined) return site === "same-origin" || site === "none";
  if (origin === null) return true;
  return URL.canParse(origin) && new URL(origin).host === requestHost(request, front);
}
