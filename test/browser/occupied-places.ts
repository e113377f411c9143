/** @module Keeps a cluster busy, so that what is asked for has to wait. */

import type { TestContext } from "node:test";
import { eventually, type RealCluster } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";

/** Fills so many places with downloads that never end. They do when the test is over, or when the result is called. */
export async function occupy(
  t: TestContext,
  cluster: RealCluster,
  places: number,
): Promise<() => Promise<void>> {
  const ends: (() => Promise<unknown>)[] = [];
  const free = async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
  };
  t.after(free);
  for (let place = 0; place < places; place++) {
    const visitor = new Visitor();
    const { id } = await visitor.started(cluster.entry, "cities.ndjson");
    ends.push(() => visitor.request(`${cluster.entry}/downloads/${id}`, { method: "DELETE" }));
    await eventually("it runs", async () => (await visitor.list(cluster.entry))[0]?.state === "processing");
  }
  return free;
}
