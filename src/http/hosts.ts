/** @module The host names that a node answers to, as a protection against DNS rebinding. */

import type { MiddlewareHandler } from "hono";
import { HttpProblem } from "./problems.ts";
import { type Front, namedHosts } from "./request-origin.ts";

/** Whether a host, with or without a port, is one of the node's own. */
export type IsOwnHost = (host: string) => boolean;

/** Reserved for private use: public DNS never assigns these to anyone. */
const PRIVATE_SUFFIXES = ["localhost", "local", "internal", "home.arpa", "test"];

/**
 * Accepted are addresses, which can't be rebound; names that can't be registered, such as `localhost`, a machine's
 * short name or `files.internal`; and configured names: `files.example`, `*.files.example` for all below it, `*` for
 * any.
 */
export function ownHosts(names: readonly string[]): IsOwnHost {
  const given = new Set(names.map((name) => name.toLowerCase()));
  return (host) => {
    const name = hostnameOf(host);
    if (name === null) return false;
    if (given.has("*") || isAddress(name) || !name.includes(".") || given.has(name)) return true;
    const parents = parentsOf(name);
    return parents.some((parent) => PRIVATE_SUFFIXES.includes(parent) || given.has(`*.${parent}`));
  };
}

/** A host named by a request, directly or by a trusted proxy, that this node does not serve. */
export function strangeHost(request: Request, isOwn: IsOwnHost, front: Front): string | undefined {
  return namedHosts(request, front).find((host) => !isOwn(host));
}

/** Answers 421 to a request for another name. */
export function ownHostsOnly(isOwn: IsOwnHost, front: Front): MiddlewareHandler {
  return async (context, next) => {
    const stranger = strangeHost(context.req.raw, isOwn, front);
    if (stranger !== undefined) throw unknownHost(stranger);
    await next();
  };
}

function unknownHost(host: string): HttpProblem {
  const shown = JSON.stringify(host.slice(0, 100));
  return new HttpProblem(
    "unknown-host",
    `This node does not serve the host ${shown}. If it is yours, add it to the setting hosts (CARRYOUT_HOSTS).`,
  );
}

function hostnameOf(host: string): string | null {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : null;
}

/** In the form of `URL.hostname`. */
function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d+(\.\d+){3}$/.test(name);
}

/** `b.c` and `c` of `a.b.c`. */
function parentsOf(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join("."));
}
