/** @module The connection that a request came by. */

import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/**
 * Cuts the connection, so that the client sees that its answer is not complete. False where there is none to reach: a
 * request that came by `fetch`.
 */
export function breakConnection(context: Context): boolean {
  const { outgoing } = (context.env ?? {}) as Partial<HttpBindings>;
  outgoing?.destroy();
  return outgoing !== undefined;
}
