/** @module Whose request this is: the application's answer, or the visitor in the session cookie. */

import type { Context } from "hono";
import type { Clock } from "../clock/clock.ts";
import { HttpProblem } from "./problems.ts";
import { type Front, isHttps } from "./request-origin.ts";
import { createSessions } from "./session.ts";

/** The application's own users: the id of who sent the request, or null for nobody. */
export type Identify = (request: Request) => string | null | Promise<string | null>;

export interface Identity {
  /**
   * The user, or null for a visitor without a cookie, who can own nothing yet. Sets no cookie. Fails with
   * `unauthenticated` where the application knows its users and this is none of them.
   */
  known(context: Context): Promise<string | null>;
  /** The user; a new visitor gets an id and the cookie that carries it. Fails like `known`. */
  required(context: Context): Promise<string>;
}

export function createIdentity(options: {
  secret: string;
  clock: Clock;
  front: Front;
  identify?: Identify | undefined;
}): Identity {
  const { identify } = options;
  return identify ? fromApplication(identify) : fromCookie(options);
}

function fromApplication(identify: Identify): Identity {
  const required = async (context: Context) => {
    const user = await identify(context.req.raw);
    if (user !== null) return user;
    throw new HttpProblem("unauthenticated", "The application does not know who sent this request.");
  };
  return { known: required, required };
}

function fromCookie(options: { secret: string; clock: Clock; front: Front }): Identity {
  const sessions = createSessions(options.secret, options.clock);
  const visit = (context: Context) => sessions.read(context.req.header("cookie") ?? null);
  return {
    known: async (context) => visit(context)?.user ?? null,
    required: async (context) => {
      const known = visit(context);
      const user = known?.user ?? sessions.newVisitor();
      if (!known || known.aged) {
        const cookie = sessions.cookieFor(user, isHttps(context.req.raw, options.front));
        context.header("Set-Cookie", cookie, { append: true });
      }
      return user;
    },
  };
}
