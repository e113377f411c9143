/** @module Logs denied requests: who tried what, without the request's content. */

import type { Context } from "hono";
import { clientAddress, networkOf } from "./client-address.ts";
import { problemOf } from "./problems.ts";
import type { TellSeldom } from "./seldom-log.ts";

/** Logged occasionally per address and kind; the others are counted. */
export interface Denials {
  denied(context: Context, error: unknown): void;
  /** A visitor's cookie that was not signed with a current secret: forged, or older than a replaced secret. */
  forged(context: Context): void;
}

/** Not signed in, not an operator, a page of another site, a foreign host name. */
const TOLD: ReadonlySet<number> = new Set([401, 403, 421]);
const LONGEST_PATH = 200;

export function createDenialLog(tell: TellSeldom, trustProxy: boolean): Denials {
  const about = (context: Context) => {
    const { method, path } = context.req;
    return { method, path: path.slice(0, LONGEST_PATH), address: clientAddress(context, trustProxy) };
  };
  const keyOf = (what: string, { address }: { address: string | null }) =>
    `${what} ${address === null ? "" : networkOf(address)}`;

  return {
    denied(context, error) {
      const { status, body } = problemOf(error);
      if (!TOLD.has(status)) return;
      const { code, detail } = body;
      const facts = about(context);
      // An expired session is not an attack.
      const level = status === 401 ? "info" : "warn";
      tell(keyOf(code, facts), { code, status, ...facts, detail }, "request refused", level);
    },
    forged(context) {
      const facts = about(context);
      tell(keyOf("forged", facts), facts, "ignored a visitor's cookie with an invalid signature", "warn");
    },
  };
}
