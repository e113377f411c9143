/** @module Asks a node to hand over its work. */

import { type Membership, nodeIdOf } from "../ports/membership.ts";
import type { Asked } from "./carryout.ts";

/** Asks every living node with this name. A silent one may be dead or frozen, which can't be told apart. */
export async function drainNode(membership: Membership, name: string): Promise<Asked> {
  const named = membership.members().filter((member) => member.name === name);
  if (named.length === 0) return "unknown";
  const answers = await Promise.all(named.map((member) => membership.ask(nodeIdOf(member), "drain")));
  return answers.every((arrived) => arrived) ? "asked" : "silent";
}
