/** @module Asking a node to hand its work over. */

import { type Membership, nodeIdOf } from "../ports/membership.ts";
import type { Asked } from "./carryout.ts";

/** Asks every living node of this name. A silent one may have died, or be frozen: nothing says which. */
export async function drainNode(membership: Membership, name: string): Promise<Asked> {
  const named = membership.members().filter((member) => member.name === name);
  if (named.length === 0) return "unknown";
  const answers = await Promise.all(named.map((member) => membership.ask(nodeIdOf(member), "drain")));
  return answers.every((arrived) => arrived) ? "asked" : "silent";
}
