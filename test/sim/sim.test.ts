import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import corpus from "./corpus.json" with { type: "json" };
import { type SimulationResult, simulate } from "./simulate.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
/** Takes about half a minute on an idle machine; `npm run sim:soak` tries others for any length of time. */
const SCHEDULES = 2_400;
/** One schedule in this many is run twice: it must give the same history. */
const TWICE_EVERY = 40;

function check({ seed, steps, violation, lines }: SimulationResult): void {
  if (!violation) return;
  const last = lines.slice(-40).join("\n");
  assert.fail(`${last}\n\nreplay with: npm run sim -- --seed ${seed} --steps ${steps} --trace`);
}

describe("simulated clusters", () => {
  it(`keep every promise in ${SCHEDULES} schedules, and repeat the same history from the same seed`, async () => {
    // In its own process: the test runner's tracking of promises would double the time.
    const args = [MAIN, "--seeds", String(SCHEDULES), "--twice", String(TWICE_EVERY), "--first"];
    await promisify(execFile)(process.execPath, args).catch((error: { stdout?: string }) => {
      assert.fail(error.stdout || String(error));
    });
  });

  it("keep them in every schedule that ever broke one", async () => {
    for (const { seed, steps } of corpus) check(await simulate({ seed, steps }));
  });

  it("give a different history from another seed", async () => {
    const [one, other] = [await simulate({ seed: 1 }), await simulate({ seed: 2 })];
    assert.notEqual(one.hash, other.hash);
  });
});
