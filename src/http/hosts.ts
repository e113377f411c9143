/** @module The names that a node answers to: a name that a stranger made to point here (DNS rebinding) is none. */

import type { MiddlewareHandler } from "hono";
import { HttpProblem } from "./problems.ts";
import { type Front, namedHosts } from "./request-origin.ts";

/** Whether a host, with or without a port, is one of the node's own. */
export type IsOwnHost = (host: string) => boolean;

/** Reserved for private use: public DNS never assigns these to anyone. */
const PRIVATE_SUFFIXES = ["localhost", "local", "internal", "home.arpa", "test"];

/**
 * Own are addresses, which can't be made to point elsewhere; names that nobody can register, such as `localhost`, a
 * machine's short name or `files.internal`; and the names that are given: `files.example`, `*.files.example` for all
 * below it, `*` for any.
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

/** A host named by a request that this node does not serve, by its own words or by those of a trusted proxy. */
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

/** As `URL.hostname` writes them. */
function isAddress(name: string): boolean {
  return name.startsWith("[") || /^\d+(\.\d+){3}$/.test(name);
}

/** `b.c` and `c` of `a.b.c`. */
function parentsOf(name: string): string[] {
  const labels = name.split(".");
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join("."));
}
