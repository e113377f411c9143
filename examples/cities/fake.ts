/** @module The article's worker: it waits 1 s, 1 s and 5 s, and produces a small real file. */

import { defineGenerator, type Generation, type StandardSchema } from "carryout";

export interface FakeParams {
  /** Milliseconds that each stage takes. */
  delays: number[];
}

const ARTICLE_DELAYS = [1000, 1000, 5000];
const MOST_STAGES = 100;
const LONGEST_DELAY_MS = 3_600_000;

/** `delays` is optional. Written by hand, since Carryout requires no particular schema library. */
const params: StandardSchema<FakeParams, Partial<FakeParams>> = {
  "~standard": {
    version: 1,
    vendor: "carryout",
    validate(value) {
      const { delays = ARTICLE_DELAYS, ...others } = Object(value) as { delays?: unknown };
      const [unknown] = Object.keys(others);
      if (unknown !== undefined) return { issues: [{ message: "unknown parameter", path: [unknown] }] };
      if (isDelays(delays)) return { value: { delays } };
      const message = `expected at most ${MOST_STAGES} numbers from 0 to ${LONGEST_DELAY_MS} (milliseconds)`;
      return { issues: [{ message, path: ["delays"] }] };
    },
  },
};

/** It only waits, so it runs inline, and on virtual time. Resumes at the stage after its last checkpoint. */
export const fake = defineGenerator({
  kind: "fake",
  params,
  isolation: "inline",
  checkpointMs: 0,
  file: { name: "fake.txt", type: "text/plain; charset=utf-8" },
  async run({
    params: { delays },
    resume,
    write,
    progress,
    checkpoint,
    sleep,
  }: Generation<FakeParams, { stage: number }>) {
    const first = resume?.stage ?? 0;
    if (first === 0) await write("A file that took its time.\n");
    for (const [index, delay] of delays.entries()) {
      if (index < first) continue;
      progress(index, delays.length, `Stage ${index + 1} of ${delays.length}`);
      await sleep(delay);
      await write(`Stage ${index + 1}: ${delay} ms\n`);
      progress(index + 1, delays.length);
      await checkpoint({ stage: index + 1 });
    }
  },
});

function isDelays(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= MOST_STAGES &&
    value.every((delay) => Number.isFinite(delay) && delay >= 0 && delay <= LONGEST_DELAY_MS)
  );
}
