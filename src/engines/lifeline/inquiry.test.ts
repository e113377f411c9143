import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../clock/virtual.testing.ts";
import { inquire, type PingAnswer } from "./inquiry.ts";
import type { LifelineState } from "./lifeline.ts";

interface Scene {
  /** Answers in sequence; the last one is repeated. A silent one takes the full timeout. */
  answers: PingAnswer[];
  lifeline?: LifelineState | null | ((now: number) => LifelineState | null);
  reported?: boolean;
  hearingSince?: (now: number) => number | null;
}

/** The result, and how many pings and virtual milliseconds it took. */
async function play({ answers, lifeline = null, reported = false, hearingSince = () => 0 }: Scene) {
  const clock = new VirtualClock({ seed: 1 });
  let pings = 0;
  const verdict = inquire({
    ping: async (timeoutMs) => {
      const answer = answers[Math.min(pings, answers.length - 1)]!;
      pings += 1;
      if (answer === "silent") await clock.sleep(timeoutMs);
      return answer;
    },
    lifeline: () => (typeof lifeline === "function" ? lifeline(clock.monotonic()) : lifeline),
    wasReported: () => reported,
    hearingSince: () => hearingSince(clock.monotonic()),
    clock,
    patienceMs: 3_000,
    nobodyMs: 200,
    signal: new AbortController().signal,
  });
  let tookMs = Number.NaN;
  const ended = verdict.then(() => {
    tookMs = clock.monotonic();
  });
  await clock.advance(60_000);
  await ended;
  return { verdict: await verdict, pings, tookMs };
}

test("a node that answers is alive", async () => {
  assert.deepEqual(await play({ answers: ["answered"], lifeline: "gone", reported: true }), {
    verdict: "alive",
    pings: 1,
    tookMs: 0,
  });
  assert.equal((await play({ answers: ["nobody", "silent", "answered"] })).verdict, "alive");
});

test("a node whose lifeline is up again is alive, without a ping", async () => {
  assert.deepEqual(await play({ answers: ["nobody"], lifeline: "up" }), {
    verdict: "alive",
    pings: 0,
    tookMs: 0,
  });
});

test("a closed port is a death if no server knows the node, as soon as both are known", async () => {
  assert.deepEqual(await play({ answers: ["nobody"], lifeline: "gone" }), {
    verdict: "dead",
    pings: 1,
    tookMs: 0,
  });
  const later = await play({
    answers: ["silent", "nobody"],
    lifeline: (now) => (now < 20 ? "connecting" : "gone"),
  });
  assert.equal(later.verdict, "dead");
  assert.ok(later.tookMs < 50);
});

test("another node's observation has to be confirmed", async () => {
  assert.equal((await play({ answers: ["nobody"], reported: true })).verdict, "dead");
  assert.equal((await play({ answers: ["answered"], reported: true })).verdict, "alive");
});

test("a node that no server knows is only a guess, and only if it is still so a while later", async () => {
  const { verdict, tookMs } = await play({ answers: ["nobody"] });
  assert.equal(verdict, "absent");
  assert.ok(tookMs >= 200 && tookMs < 300);
  assert.equal((await play({ answers: ["nobody", "nobody", "answered"] })).verdict, "alive");
});

test("a server that knows no such node counts only after it has connected to the others", async () => {
  const { verdict, tookMs } = await play({ answers: ["nobody"], hearingSince: () => 2_000 });
  assert.equal(verdict, "absent");
  assert.ok(tookMs >= 2_200 && tookMs < 2_400);
});

test("silence proves nothing: the lease decides", async () => {
  const { verdict, tookMs } = await play({ answers: ["silent"] });
  assert.equal(verdict, "unsure");
  assert.ok(tookMs >= 3_000);
  assert.equal((await play({ answers: ["silent"], lifeline: "connecting" })).verdict, "unsure");
});

test("a closed port and silence are a guess as well", async () => {
  const { verdict, tookMs } = await play({ answers: ["silent"], lifeline: "gone" });
  assert.equal(verdict, "absent");
  assert.ok(tookMs >= 200 && tookMs < 500);
});

test("while this node is cut off no observation counts, and no time passes", async () => {
  const hearingSince = (now: number) => (now < 20_000 ? null : 0);
  const { verdict, tookMs } = await play({ answers: ["nobody"], lifeline: "gone", hearingSince });
  assert.equal(verdict, "dead");
  assert.ok(tookMs >= 20_000);
  assert.equal((await play({ answers: ["silent"], hearingSince })).verdict, "unsure");
});
