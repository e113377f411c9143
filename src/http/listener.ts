/** @module The app for `node:http`, Express, Fastify and other callers with `(request, response)`. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { resetConnection } from "./connection.ts";
import { DEFAULT_HTTP_LIMITS } from "./limits.ts";
import { restoreBody } from "./parsed-body.ts";
import { HttpProblem, problemOf, problemResponse } from "./problems.ts";

/** `next`, if given, receives requests that can't be answered because of how the node is mounted. */
export type NodeListener = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

export interface ListenerOptions {
  /** A client that reads nothing for this long, while data is pending, is cut off. Default: a minute. */
  writeTimeoutMs?: number;
  /** Called for each client that is cut off. */
  onStalled?: (request: IncomingMessage) => void;
  /** Called for what `next` would receive, if there is none; the request is answered 500. */
  onMisuse?: (error: unknown) => void;
}

/**
 * Answers every request, with a problem if no route matches. A body that middleware has already read is taken from
 * `request.body`. Does not change the process's global `Request` and `Response`.
 */
export function createListener(app: Pick<Hono, "fetch">, options: ListenerOptions = {}): NodeListener {
  const { writeTimeoutMs = DEFAULT_HTTP_LIMITS.writeTimeoutMs, onStalled, onMisuse } = options;
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (cause) =>
      problemResponse(new HttpProblem("bad-request", "The URL or the Host header is not valid.", { cause })),
  });
  return (request, response, next) => {
    try {
      restoreBody(request);
    } catch (error) {
      if (next) return next(error);
      onMisuse?.(error);
      const { status, headers, body } = problemOf(error);
      response.writeHead(status, headers).end(JSON.stringify(body));
      return;
    }
    // Fires when nothing moved on the connection for that long; an answer that is still being prepared is no problem.
    response.setTimeout(writeTimeoutMs, () => {
      if (!response.socket || response.socket.writableLength === 0) return;
      onStalled?.(request);
      resetConnection(response);
    });
    void listener(request, response);
  };
}
