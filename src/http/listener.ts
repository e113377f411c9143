/** @module The app for `node:http`, Express, Fastify and whatever else calls `(request, response)`. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { HttpProblem, problemResponse } from "./problems.ts";

export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Answers every request, with a problem where no route matches. Mount it before middleware that reads bodies.
 * Leaves the process's global `Request` and `Response` as they are.
 */
export function createListener(app: Pick<Hono, "fetch">): NodeListener {
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (cause) =>
      problemResponse(new HttpProblem("bad-request", "The URL or the Host header is not valid.", { cause })),
  });
  return (request, response) => void listener(request, response);
}
