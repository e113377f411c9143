/** @module Whose request this is: the application's answer, or the visitor in the session cookie. */

import { createHmac } from "node:crypto";
import type { Context } from "hono";
import type { Clock } from "../clock/clock.ts";
import { checkedIdentify } from "./application-answers.ts";
import { HttpProblem } from "./problems.ts";
import { type Front, isHttps } from "./request-origin.ts";
import { createSessions } from "./session.ts";

/** What `identify` may answer: a user's id, or nothing for nobody. */
type UserAnswer = string | number | bigint | null | undefined;

/** The application's own users: the id of who sent the request (a number becomes text), or null for nobody. */
export type Identify = (request: Request) => UserAnswer | Promise<UserAnswer>;

/**
 * Names the answer's user to the page without saying who it is: equal for requests of one user, so that a page notices
 * when somebody else has signed in. `; new` follows while the browser has yet to show that it keeps the cookie.
 */
export const VIEWER_HEADER = "Carryout-Viewer";

export interface Identity {
  /**
   * The user, or null for a visitor without a cookie, who can own nothing yet. Sets no cookie. Fails with
   * `unauthenticated` where the application knows its users and this is none of them.
   */
  known(context: Context): Promise<string | null>;
  /** Like `known`, for an answer that a page shows: it names the viewer. */
  watching(context: Context): Promise<string | null>;
  /** The user; a new visitor gets an id and the cookie that carries it. Fails like `known`. */
  required(context: Context): Promise<string>;
}

export function createIdentity(options: {
  secret: string;
  clock: Clock;
  front: Front;
  identify?: Identify | undefined;
  identifyTimeoutMs: number;
}): Identity {
  const { identify, secret, clock, identifyTimeoutMs: timeoutMs } = options;
  const tell = (context: Context, user: string, isNew = false) => {
    const tag = createHmac("sha256", secret)
      .update(`carryout viewer ${user}`)
      .digest("base64url")
      .slice(0, 16);
    context.header(VIEWER_HEADER, isNew ? `${tag}; new` : tag);
    return user;
  };
  return identify
    ? fromApplication(checkedIdentify(identify, { clock, timeoutMs }), tell)
    : fromCookie(options, tell);
}

/** Puts the header on the answer and gives the user back. */
type Tell = (context: Context, user: string, isNew?: boolean) => string;

function fromApplication(identify: (request: Request) => Promise<string | null>, tell: Tell): Identity {
  const known = async (context: Context) => {
    const user = await identify(context.req.raw);
    if (user !== null) return user;
    throw new HttpProblem("unauthenticated", "The application does not know who sent this request.");
  };
  const required = async (context: Context) => tell(context, await known(context));
  return { known, watching: required, required };
}

function fromCookie(options: { secret: string; clock: Clock; front: Front }, tell: Tell): Identity {
  const sessions = createSessions(options.secret, options.clock);
  const visit = (context: Context) => sessions.read(context.req.header("cookie") ?? null);
  return {
    known: async (context) => visit(context)?.user ?? null,
    watching: async (context) => {
      const known = visit(context);
      return known && tell(context, known.user);
    },
    required: async (context) => {
      const known = visit(context);
      const user = known?.user ?? sessions.newVisitor();
      if (!known || known.aged) {
        const cookie = sessions.cookieFor(user, isHttps(context.req.raw, options.front));
        context.header("Set-Cookie", cookie, { append: true });
      }
      return tell(context, user, known === null);
    },
  };
}
