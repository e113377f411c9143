import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { CarryoutError } from "../errors.ts";
import type { Carryout } from "./carryout.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, until } from "./memory-cluster.testing.ts";

/** A cluster of two nodes fully occupied by one user, and the queue positions that its nodes report. */
async function busyCluster() {
  const cluster = memoryCluster([gated().generator]);
  after(() => cluster.close());
  const [a, b] = [await cluster.node("a"), await cluster.node("b")];
  const ask = (user: string, slot = "default", network?: string) =>
    a.start({ user, slot, kind: "gated", ...(network && { network }) });
  const position = async (node: Carryout, user: string, slot = "default") => {
    const isWaiting = ({
      download,
      position: place,
    }: {
      download: { slot: string };
      position: number | null;
    }) => download.slot === slot && place !== null;
    return (await until(node, user, isWaiting)).position;
  };
  return { a, b, ask, position };
}

/** The result of each request: "accepted", or the limit that refused it. */
async function answers(asked: Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.allSettled(asked)) {
    const isLimit = result.status === "rejected" && result.reason instanceof CarryoutError;
    const answer = isLimit ? String(result.reason.details.limit) : result.status;
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

const slots = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

describe("many requests of one user", () => {
  it("are accepted up to a limit, even when all arrive at once; existing downloads may be joined", async () => {
    const { ask } = await busyCluster();
    const counts = await answers(slots(60).map((slot) => ask("greedy", slot)));
    assert.deepEqual(counts, { fulfilled: 20, maxUnfinishedPerUser: 40 });
    const joined = await Promise.all(slots(20).map((slot) => ask("greedy", slot)));
    assert.ok(joined.every((each) => each.joined));
    await assert.rejects(ask("greedy", "s20"), { code: "too-many-downloads", retriable: true });
  });

  it("let other users pass, in the same order on every node", async () => {
    const { a, b, ask, position } = await busyCluster();
    for (const slot of slots(15)) await ask("greedy", slot);
    await ask("modest");
    await ask("modest", "second");
    for (const node of [a, b]) {
      assert.equal(await position(node, "modest"), 1);
      // Its second turn comes with the second turn of the user with many requests.
      assert.ok((await position(node, "modest", "second"))! <= 3);
      assert.equal(await position(node, "greedy", "s14"), await position(a, "greedy", "s14"));
    }
  });

  it("from visitors who drop their cookies count as those of a few users", async () => {
    const { b, ask, position } = await busyCluster();
    const crowd = Array.from({ length: 600 }, (_, index) =>
      ask(`visitor-${index}`, "default", "one network"),
    );
    assert.deepEqual(await answers(crowd), { fulfilled: 500, maxUnfinishedPerAddress: 100 });
    await ask("elsewhere", "default", "another network");
    const place = await position(b, "elsewhere");
    assert.ok(place !== null && place <= 9, `at ${place}`);
  });
});
