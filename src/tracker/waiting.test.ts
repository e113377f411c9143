import assert from "node:assert/strict";
import { it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { ownerOf, userPrefix } from "../download/key.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, until } from "./memory-cluster.testing.ts";

const LINES = 4;
const STEP_MS = 10_000;

it("a wait estimate follows the progress of another node, whose work is not followed", async () => {
  const clock = new VirtualClock({ seed: 1 });
  const gate = gated("lines", LINES);
  const cluster = memoryCluster([gate.generator], {}, clock);
  const { marks } = cluster.repo;
  const follow = marks.follow.bind(marks);
  const followed = new Set<string | null>();
  marks.follow = (owner, signal) => {
    followed.add(owner);
    return follow(owner, signal);
  };
  const maker = await cluster.node("maker", { capacity: 1 });
  const page = await cluster.node("page", { capacity: 0 });
  const line = async (stepMs: number) => {
    await clock.advance(stepMs);
    gate.pass();
  };
  await maker.start({ user: "first", kind: "lines" });
  for (let lines = 0; lines < LINES; lines++) await line(STEP_MS);
  await clock.advance(1_000);

  await maker.start({ user: "ann", kind: "lines" });
  const { status } = await page.start({ user: "bob", kind: "lines" });
  assert.equal(status.position, 1);
  const shown = (etaMs: number) =>
    until(page, "bob", (now) => now.position === 1 && Math.abs((now.etaMs ?? 0) - etaMs) < 3_000);

  const asBefore = shown(2 * LINES * STEP_MS);
  await clock.advance(3_000);
  await asBefore;

  // Twice as slow as usual: the time that has passed would say that the place is almost free.
  const half = shown((LINES / 2) * 2 * STEP_MS + LINES * STEP_MS);
  for (let lines = 0; lines < LINES / 2; lines++) await line(2 * STEP_MS);
  await clock.advance(3_000);
  await half;
  const last = shown(2 * STEP_MS + LINES * STEP_MS);
  await line(2 * STEP_MS);
  await clock.advance(3_000);
  await last;
  assert.deepEqual([...followed], [ownerOf(userPrefix("bob"))]);
  for (let lines = 0; lines < 2 * LINES; lines++) gate.pass();
  const closed = cluster.close();
  await clock.advance(60_000);
  await closed;
});
