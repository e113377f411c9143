/** @module The connection that a request came in on. */

import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/**
 * Cuts the connection, so that the client sees that its answer is incomplete. False if there is none, for a request
 * that came through `fetch`.
 */
export function breakConnection(context: Context): boolean {
  const outgoing = outgoingOf(context);
  outgoing?.destroy();
  return outgoing !== undefined;
}

/** The same for a client that does not read. */
export function dropReader(context: Context): boolean {
  const outgoing = outgoingOf(context);
  if (outgoing) resetConnection(outgoing);
  return outgoing !== undefined;
}

/** A reset makes the kernel drop at once what it has buffered for the client, up to megabytes for minutes. */
export function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
  response.destroy();
}

function outgoingOf(context: Context): ServerResponse | undefined {
  return ((context.env ?? {}) as { outgoing?: HttpBindings["outgoing"] }).outgoing as
    | ServerResponse
    | undefined;
}
