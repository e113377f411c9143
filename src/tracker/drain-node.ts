/** @module Asking a node to hand its work over. */

import { type Membership, nodeIdOf } from "../ports/membership.ts";
import type { Asked } from "./carryout.ts";

/** Asks every living node of this name. One that has died meanwhile has nothing to hand over any more. */
export async function drainNode(membership: Membership, name: string): Promise<Asked> {
  const named = membership.members().filter((member) => member.name === name);
  if (named.length === 0) return "unknown";
  const silent = new Set<string>();
  await Promise.all(
    named.map(async (member) => {
      if (!(await membership.ask(nodeIdOf(member), "drain"))) silent.add(member.incarnation);
    }),
  );
  return membership.members().some(({ incarnation }) => silent.has(incarnation)) ? "silent" : "asked";
}
