/** @module The app for `node:http`, Express, Fastify and whatever else calls `(request, response)`. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { resetConnection } from "./connection.ts";
import { DEFAULT_HTTP_LIMITS } from "./limits.ts";
import { HttpProblem, problemResponse } from "./problems.ts";

export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListenerOptions {
  /** A reader that takes nothing for this long, while something waits for it, is cut off. Default a minute. */
  writeTimeoutMs?: number;
  /** Told of each that is cut off. */
  onStalled?: (request: IncomingMessage) => void;
}

/**
 * Answers every request, with a problem where no route matches. Mount it before middleware that reads bodies.
 * Leaves the process's global `Request` and `Response` as they are.
 */
export function createListener(app: Pick<Hono, "fetch">, options: ListenerOptions = {}): NodeListener {
  const { writeTimeoutMs = DEFAULT_HTTP_LIMITS.writeTimeoutMs, onStalled } = options;
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (cause) =>
      problemResponse(new HttpProblem("bad-request", "The URL or the Host header is not valid.", { cause })),
  });
  return (request, response) => {
    // Comes when nothing moved on the connection for that long: an answer that is still being made holds up nobody.
    response.setTimeout(writeTimeoutMs, () => {
      if (!response.socket || response.socket.writableLength === 0) return;
      onStalled?.(request);
      resetConnection(response);
    });
    void listener(request, response);
  };
}
