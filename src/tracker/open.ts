/** @module A node joins the cluster. */

import type { Carryout } from "./carryout.ts";
import { type CarryoutOptions, Node } from "./node.ts";

/** Joins the cluster and starts accepting and claiming downloads. Rejects if the engine can't be used. */
export async function openCarryout(options: CarryoutOptions): Promise<Carryout> {
  const node = new Node(options);
  await node.open();
  return node;
}
