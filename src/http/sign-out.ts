/** @module `POST /downloads/sign-out`: ends a visitor, so that the next user of this browser finds nothing. */

import type { Hono } from "hono";
import { HttpProblem } from "./problems.ts";
import { requestHost } from "./request-origin.ts";
import { returnPath } from "./return-to.ts";
import type { Services } from "./services.ts";

/**
 * Deletes the browser's cookie and everything the visitor had: cookies are checked only by their signature, so a copy
 * of this one stays valid, but gives access to nothing.
 */
export function signOutRoutes(app: Hono, services: Services): void {
  const { carryout, identity } = services;
  app.post("/downloads/sign-out", async (context) => {
    if (identity.forget === null) {
      throw new HttpProblem("no-such-route", "The application signs its users out.");
    }
    const user = await identity.known(context);
    if (user !== null) await carryout.removeAll(user);
    identity.forget(context);
    context.header("Clear-Site-Data", '"cache"');
    context.header("Cache-Control", "no-store");
    if (!context.req.header("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      return context.body(null, 204);
    }
    const host = requestHost(context.req.raw, services);
    const referer = context.req.header("referer") ?? null;
    return context.redirect(returnPath(null, referer, host, null, services.homePath), 303);
  });
}
