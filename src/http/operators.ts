/** @module Who may see and change the cluster: the application's operators, and holders of the operator token. */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { Clock } from "../ports/clock.ts";
import { checkedOperators } from "./application-answers.ts";
import { cookieValues, setCookie } from "./cookies.ts";
import { HttpProblem } from "./problems.ts";
import { type Front, isHttps } from "./request-origin.ts";

const COOKIE = "carryout-operator";
/** A working day; after that, the link has to be opened again. */
const LIFE_S = 12 * 3_600;
const VALUE = /^v1\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

type OperatorAnswer = boolean | null | undefined;

/** True when the request is an operator's. */
export type AskOperators = (request: Request) => OperatorAnswer | Promise<OperatorAnswer>;

export interface OperatorOptions {
  /** The application's own decision. */
  operators?: AskOperators | undefined;
  /** Its time limit in milliseconds. */
  timeoutMs: number;
  /** Accepted as `Authorization: Bearer`, and once as `?token=` for a cookie. */
  token?: string | undefined;
  clock: Clock;
  front: Front;
}

/** Addresses are not accepted as proof: through a proxy on this machine, all visitors share its address. */
export interface Operators {
  /** Answers 403 unless the caller is an operator. */
  readonly only: MiddlewareHandler;
  is(context: Context): Promise<boolean>;
  /** The `Set-Cookie` value for a browser that sent the token in a link. Otherwise fails with `forbidden`. */
  signIn(context: Context, given: string): string;
}

/**
 * The cookie is `v1.<end, seconds, base 36>.<HMAC-SHA-256 by the token>`: it does not reveal the token, every node with
 * the same token accepts it, and it is invalid with another token.
 */
export function createOperators(options: OperatorOptions): Operators {
  const { clock, front, timeoutMs } = options;
  const asked = options.operators && checkedOperators(options.operators, { clock, timeoutMs });
  const token = options.token || undefined;
  const nowS = () => Math.floor(clock.now() / 1_000);
  const sign = (end: string, key: string) =>
    createHmac("sha256", key).update(`carryout operator v1.${end}`).digest("base64url");

  const bearsToken = (header: string | undefined) => {
    const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
    return given !== undefined && token !== undefined && isSame(given, token);
  };

  const placeOf = (context: Context) => ({
    secure: isHttps(context.req.raw, front),
    basePath: front.basePath,
  });

  const hasCookie = (context: Context) => {
    if (token === undefined) return false;
    const header = context.req.header("cookie") ?? null;
    return cookieValues(header, COOKIE, placeOf(context)).some((value) => {
      const [, end, signature] = VALUE.exec(value) ?? [];
      if (end === undefined || signature === undefined) return false;
      return isSame(signature, sign(end, token)) && Number.parseInt(end, 36) > nowS();
    });
  };

  const is = async (context: Context) =>
    bearsToken(context.req.header("authorization")) ||
    hasCookie(context) ||
    ((await asked?.(context.req.raw)) ?? false);

  return {
    is,
    only: async (context, next) => {
      if (!(await is(context))) throw forbidden(front.basePath);
      await next();
    },
    signIn(context, given) {
      if (token === undefined || !isSame(given, token)) throw forbidden(front.basePath);
      const end = (nowS() + LIFE_S).toString(36);
      return setCookie(COOKIE, `v1.${end}.${sign(end, token)}`, {
        ...placeOf(context),
        maxAgeS: LIFE_S,
        sameSite: "strict",
      });
    },
  };
}

function forbidden(basePath: string): HttpProblem {
  return new HttpProblem(
    "forbidden",
    `Send the operator token as "Authorization: Bearer", or open the link that "carryout up" prints: ${basePath}/cluster?token=…`,
  );
}

/** Compares digests, so that the time taken reveals nothing about the token, not even its length. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
