/** @module A node joins the cluster. */

import type { Carryout } from "./carryout.ts";
import { type CarryoutOptions, Node } from "./node.ts";

/** Joins the cluster and begins to take and to claim downloads. Rejects when the engine can't be used. */
export async function openCarryout(options: CarryoutOptions): Promise<Carryout> {
  const node = new Node(options);
  await node.open();
  return node;
}
