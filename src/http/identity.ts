/** @module Identifies a request's user: by the application, or by the session cookie. */

import { createHmac } from "node:crypto";
import type { Context } from "hono";
import type { Clock } from "../ports/clock.ts";
import { checkedIdentify } from "./application-answers.ts";
import { HttpProblem } from "./problems.ts";
import type { Sessions } from "./session.ts";

/** What `identify` may return: a user's id, or an empty value for no user. */
type UserAnswer = string | number | bigint | null | undefined;

/** The application's own users: the id of the request's user (a number becomes text), or null for none. */
export type Identify = (request: Request) => UserAnswer | Promise<UserAnswer>;

/**
 * Identifies the answer's user to the page without revealing the id: equal for requests of one user, so that a page
 * notices when another user has signed in. `; new` is appended until the browser has proved that it keeps the cookie.
 */
export const VIEWER_HEADER = "Carryout-Viewer";

export interface Identity {
  /**
   * The user, or null for a visitor without a cookie, who can't own anything yet. Sets no cookie. Fails with
   * `unauthenticated` if the application identifies its users and this is none of them.
   */
  known(context: Context): Promise<string | null>;
  /** Like `known`, for an answer that a page shows: it includes the viewer header. */
  watching(context: Context): Promise<string | null>;
  /** The user; a new visitor gets an id and a cookie with it. Fails like `known`. */
  required(context: Context): Promise<string>;
  /** Makes the browser forget its visitor. Null if the application identifies its users, as it ends their sessions. */
  readonly forget: ((context: Context) => void) | null;
}

export interface IdentityOptions {
  /** Key for the viewer tag. */
  secret: string;
  sessions: Sessions;
  identify?: Identify | undefined;
  clock: Clock;
  identifyTimeoutMs: number;
  /** Called for a cookie without a valid signature. */
  onForged: (context: Context) => void;
}

export function createIdentity(options: IdentityOptions): Identity {
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

/** Adds the header to the answer and returns the user. */
type Tell = (context: Context, user: string, isNew?: boolean) => string;

function fromApplication(identify: (request: Request) => Promise<string | null>, tell: Tell): Identity {
  const known = async (context: Context) => {
    const user = await identify(context.req.raw);
    if (user !== null) return user;
    throw new HttpProblem("unauthenticated", "The application did not identify the sender of this request.");
  };
  const required = async (context: Context) => tell(context, await known(context));
  return { known, watching: required, required, forget: null };
}

function fromCookie({ sessions, onForged }: IdentityOptions, tell: Tell): Identity {
  const visit = (context: Context) => {
    const reading = sessions.read(context.req.raw);
    if (typeof reading === "object") return reading;
    if (reading === "ambiguous") throw ambiguous();
    if (reading === "forged") onForged(context);
    return null;
  };
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
        context.header("Set-Cookie", sessions.cookieFor(user, context.req.raw), { append: true });
      }
      return tell(context, user, known === null);
    },
    forget: (context) => context.header("Set-Cookie", sessions.noCookie(context.req.raw), { append: true }),
  };
}

function ambiguous(): HttpProblem {
  return new HttpProblem(
    "ambiguous-visitor",
    "The browser sent two visitors' cookies, so another host of this domain has set one of them. Delete the " +
      "domain's cookies; with HTTPS no other host can set this one.",
  );
}
