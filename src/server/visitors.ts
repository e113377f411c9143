/** @module Identifies a request's user for the application's own pages. */

import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import { checkedIdentify } from "../http/application-answers.ts";
import { normalBasePath } from "../http/base-path.ts";
import { createSessions } from "../http/session.ts";
import type { Engine } from "../ports/engine.ts";
import { secretsOf } from "./secrets.ts";

export interface Visitors {
  /** The user's id; null if there is none, including a visitor who has not requested anything yet. */
  userOf(request: Request): Promise<string | null>;
  /** The cookie for a visitor without a valid one; null for others. */
  newCookie(request: Request): string | null;
}

export function visitorsOf(config: Config, engine: Engine): Visitors {
  const { publicOrigins, trustProxy, visitMs, cookieSameSite, identifyTimeoutMs } = config;
  const basePath = normalBasePath(config.basePath);
  const sessions = createSessions({
    secrets: secretsOf(config, engine),
    clock: systemClock,
    front: { publicOrigins, trustProxy, basePath },
    visitMs,
    sameSite: cookieSameSite,
  });
  const patience = { clock: systemClock, timeoutMs: identifyTimeoutMs };
  const identify = config.identify && checkedIdentify(config.identify, patience);
  return {
    async userOf(request) {
      if (identify) return identify(request);
      const reading = sessions.read(request);
      return typeof reading === "object" ? reading.user : null;
    },
    newCookie(request) {
      const reading = sessions.read(request);
      if (typeof reading === "object" || reading === "ambiguous") return null;
      return sessions.cookieFor(sessions.newVisitor(), request);
    },
  };
}
