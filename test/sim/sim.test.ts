import assert from "node:assert/strict";
import { describe, it } from "node:test";
import corpus from "./corpus.json" with { type: "json" };
import { DEFAULT_STEPS, type SimulationResult, simulate } from "./simulate.ts";

/** Fresh schedules in each run of the tests; `npm run sim:soak` looks at others for as long as one likes. */
const SCHEDULES = 1_200;
/** Every so many, the same schedule is run again: it must give the same history. */
const TWICE_EVERY = 40;

function check({ seed, steps, violation, lines }: SimulationResult): void {
  if (!violation) return;
  const last = lines.slice(-40).join("\n");
  assert.fail(
    `${violation.invariant}: ${violation.what}\n\n${last}\n\nnpm run sim -- --seed ${seed} --steps ${steps} --trace`,
  );
}

describe("simulated clusters", () => {
  it(`keep every promise in ${SCHEDULES} schedules`, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) check(await simulate({ seed }));
  });

  it("keep them in every schedule that ever broke one", async () => {
    for (const { seed, steps } of corpus) check(await simulate({ seed, steps }));
  });

  it("do the same again from the same seed", async () => {
    for (let seed = 1; seed <= SCHEDULES; seed += TWICE_EVERY) {
      const [first, second] = [await simulate({ seed }), await simulate({ seed })];
      assert.equal(second.hash, first.hash, `seed ${seed} with ${DEFAULT_STEPS} steps gave two histories`);
    }
  });

  it("do something else from another seed", async () => {
    const [one, other] = [await simulate({ seed: 1 }), await simulate({ seed: 2 })];
    assert.notEqual(one.hash, other.hash);
  });
});
