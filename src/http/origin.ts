/** @module CSRF protection: state-changing calls are refused unless they come from our own pages. */

import type { MiddlewareHandler } from "hono";
import type { IsOwnHost } from "./hosts.ts";
import { HttpProblem } from "./problems.ts";
import { type Front, requestHost } from "./request-origin.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export interface OriginOptions {
  /** Origins whose pages may call as well. */
  trusted: TrustedOrigins;
  front: Front;
  isOwnHost: IsOwnHost;
}

export type TrustedOrigins = ReadonlySet<string>;

/** Origins in the form that browsers send. */
export function trustedOrigins(origins: readonly string[]): TrustedOrigins {
  return new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
}

export function sameOriginOnly(options: OriginOptions): MiddlewareHandler {
  return async (context, next) => {
    const request = context.req.raw;
    const objection = SAFE_METHODS.has(request.method) ? null : objectionTo(request, options);
    if (objection !== null) throw new HttpProblem("cross-origin", objection);
    await next();
  };
}

/**
 * Null for a call from our own pages. `Sec-Fetch-Site` takes precedence: it is the browser's own verdict, no page can
 * set it, and it is correct even if a proxy rewrites the host. `Origin` is for browsers that don't send it: old ones,
 * and all of them on plain http to other machines. A call with neither does not come from a browser.
 */
function objectionTo(request: Request, { trusted, front, isOwnHost }: OriginOptions): string | null {
  const origin = request.headers.get("origin")?.toLowerCase() ?? null;
  if (origin !== null && (trusted.has(origin) || front.publicOrigins.includes(origin))) return null;
  const site = request.headers.get("sec-fetch-site")?.toLowerCase();
  if (site === "same-origin" || site === "none") return null;
  if (site !== undefined) return "Only pages of this origin may make changes.";
  if (origin === null) return null;
  const host = requestHost(request, front);
  if (URL.canParse(origin) && new URL(origin).host === host) return null;
  if (isOwnPageBehindProxy(request, origin, isOwnHost)) return null;
  return (
    `Only pages of this origin may make changes: the page's origin is ${JSON.stringify(origin.slice(0, 100))}, ` +
    `but the request reached this node for the host ${JSON.stringify(host)}. If both are the same site, a proxy ` +
    "replaces the Host header: make it pass Host on, or list the site in the setting publicOrigins (CARRYOUT_PUBLIC_ORIGINS)."
  );
}

/**
 * True on a plain-http intranet whose proxy replaces the host, for calls that a page of another origin can't make
 * without a preflight, which is refused: JSON bodies, and DELETE. The origin must be a name that can't be registered.
 * Not on this machine, nor over https, where browsers send `Sec-Fetch-Site`.
 */
function isOwnPageBehindProxy(request: Request, origin: string, isOwnHost: IsOwnHost): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host, hostname } = new URL(origin);
  if (protocol !== "http:" || !isOwnHost(host) || isThisMachine(hostname)) return false;
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return request.method === "DELETE" || type === "application/json";
}

function isThisMachine(hostname: string): boolean {
  return /^(.*\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
}
