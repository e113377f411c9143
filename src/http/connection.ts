/** @module The connection that a request came by. */

import type { ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/**
 * Cuts the connection, so that the client sees that its answer is not complete. False where there is none to reach: a
 * request that came by `fetch`.
 */
export function breakConnection(context: Context): boolean {
  const outgoing = outgoingOf(context);
  outgoing?.destroy();
  return outgoing !== undefined;
}

/** The same for a reader who takes nothing. */
export function dropReader(context: Context): boolean {
  const outgoing = outgoingOf(context);
  if (outgoing) resetConnection(outgoing);
  return outgoing !== undefined;
}

/** A reset has the kernel forget at once what it still holds for the reader: megabytes, and for minutes. */
export function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
  response.destroy();
}

function outgoingOf(context: Context): ServerResponse | undefined {
  return ((context.env ?? {}) as { outgoing?: HttpBindings["outgoing"] }).outgoing as
    | ServerResponse
    | undefined;
}
