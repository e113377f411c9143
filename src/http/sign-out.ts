/** @module `POST /downloads/sign-out`: a visitor's end, so that the next person at this browser finds nothing. */

import type { Hono } from "hono";
import { HttpProblem } from "./problems.ts";
import { requestHost } from "./request-origin.ts";
import { returnPath } from "./return-to.ts";
import type { Services } from "./services.ts";

/**
 * Takes the cookie from the browser, and all that the visitor had: cookies are checked by their signature alone, so a
 * copy of this one stays valid, but leads to nothing any more.
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
