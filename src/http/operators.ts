/** @module Who may see and change the cluster: the application's operators, a token's bearer, this machine. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { HttpProblem } from "./problems.ts";
import { requestHost } from "./request-origin.ts";

export interface OperatorOptions {
  /** The application's own decision. */
  operators?: ((request: Request) => boolean | Promise<boolean>) | undefined;
  /** Accepted as `Authorization: Bearer`. */
  token?: string | undefined;
  /** Lets callers on this machine in without a token. */
  loopback: boolean;
}

/** Answers 403 to everybody who is no operator. */
export function operatorsOnly(options: OperatorOptions): MiddlewareHandler {
  return async (context, next) => {
    if (!(await isOperator(context, options))) {
      const hint = options.loopback ? "Call from the machine itself, or send" : "Send";
      throw new HttpProblem("forbidden", `${hint} the operator token as "Authorization: Bearer".`);
    }
    await next();
  };
}

async function isOperator(context: Context, options: OperatorOptions): Promise<boolean> {
  if (options.loopback && isLoopbackCall(context)) return true;
  if (options.token && bearsToken(context.req.header("authorization"), options.token)) return true;
  return (await options.operators?.(context.req.raw)) ?? false;
}

/** Digests are compared, so that the time taken says nothing of the token, not even its length. */
function bearsToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
  if (given === undefined) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

const FORWARDING_HEADERS = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];
const LOOPBACK_ADDRESS = /^(127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/i;
const LOOPBACK_HOST = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * True when the caller itself is on this machine. Not when a proxy on this machine passes somebody else's call on;
 * nor when the host is another name that was made to point here (DNS rebinding: a page of any site could call).
 */
function isLoopbackCall(context: Context): boolean {
  const bindings = context.env as Partial<HttpBindings> | undefined;
  const address = bindings?.incoming?.socket?.remoteAddress;
  if (address === undefined || !LOOPBACK_ADDRESS.test(address)) return false;
  if (FORWARDING_HEADERS.some((name) => context.req.header(name) !== undefined)) return false;
  return LOOPBACK_HOST.test(requestHost(context.req.raw, false) ?? "");
}
