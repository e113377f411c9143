import assert from "node:assert/strict";
import { it } from "node:test";
import { CallerLimiter } from "./caller-limiter.ts";

const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

it("one caller's work is done four at a time, in order; another's does not wait for it", async () => {
  const limiter = new CallerLimiter();
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const work = (name: string) => () => {
    log.push(name);
    return new Promise<void>((done) => gates.push(done));
  };
  const all = Array.from({ length: 6 }, (_, index) => limiter.take("greedy", work(`greedy ${index}`)));
  all.push(limiter.take("modest", work("modest")));
  await turnOfTheLoop();
  assert.deepEqual(log, ["greedy 0", "greedy 1", "greedy 2", "greedy 3", "modest"]);
  gates[1]!();
  await all[1];
  assert.equal(log.length, 5, "others have their turn first");
  await turnOfTheLoop();
  assert.equal(log.at(-1), "greedy 4");
  while (log.length < 7) {
    for (const open of gates.splice(0)) open();
    await turnOfTheLoop();
  }
  for (const open of gates) open();
  await Promise.all(all);
});

it("work that fails makes room as well", async () => {
  const limiter = new CallerLimiter();
  const failing = Array.from({ length: 20 }, () => limiter.take("a", () => Promise.reject(new Error("no"))));
  const results = await Promise.allSettled(failing);
  assert.ok(results.every(({ status }) => status === "rejected"));
  assert.equal(await limiter.take("a", async () => "yes"), "yes");
});
