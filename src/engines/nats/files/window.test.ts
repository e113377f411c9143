import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as others } from "node:timers/promises";
import { Window } from "./window.ts";

/** A window, its clock, and the work in progress in it. */
function world() {
  let now = 0;
  const window = new Window({ monotonic: () => now });
  const underWay: { end: () => void; fail: () => void }[] = [];
  const order: number[] = [];
  const begin = (id: number) =>
    window
      .run(
        () =>
          new Promise<void>((resolve, reject) => {
            order.push(id);
            underWay.push({ end: resolve, fail: () => reject(new Error("failed")) });
          }),
      )
      .catch(() => {});
  return {
    order,
    underWay,
    begin,
    /** Ends everything in progress after this long. */
    async endAll(tookMs: number, how: "end" | "fail" = "end") {
      now += tookMs;
      for (const work of underWay.splice(0)) work[how]();
      await others();
    },
  };
}

test("fast answers widen the window up to its limit, and all requests are served in order", async () => {
  const { order, underWay, begin, endAll } = world();
  const widths: number[] = [];
  const done = Array.from({ length: 60 }, (_, id) => begin(id));
  while (underWay.length > 0) {
    widths.push(underWay.length);
    await endAll(1);
  }
  await Promise.all(done);
  assert.equal(widths[0], 2);
  assert.equal(Math.max(...widths), 8);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.equal(order.length, 60);
});

test("slow answers and failures narrow it to one at a time, and it widens again", async () => {
  const { underWay, begin, endAll } = world();
  for (let id = 0; id < 200; id += 1) void begin(id);
  for (let round = 0; round < 5; round += 1) await endAll(1);
  assert.equal(underWay.length, 8);
  await endAll(5_000, "fail");
  assert.equal(underWay.length, 1);
  await endAll(2_000);
  assert.equal(underWay.length, 1);
  await endAll(500);
  assert.equal(underWay.length, 1);
  await endAll(1, "fail");
  assert.equal(underWay.length, 1, "what fails quickly says nothing about the link");
  await endAll(1);
  assert.equal(underWay.length, 2);
});
