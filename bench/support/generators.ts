/** @module Generators to measure with. Times are read from the machine's monotonic clock, shared by all processes. */

import { z } from "zod";
import { defineGenerator } from "../../src/generator/generator.ts";

/** Milliseconds of CLOCK_MONOTONIC. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const file = { name: "bench.bin", type: "application/octet-stream" };

/** Zero delays: the article's life cycle without its sleeps. */
export const instant = defineGenerator({
  kind: "instant",
  isolation: "inline",
  file,
  async run({ write }) {
    await write("done\n");
  },
});

/** Its file holds the time of its first line. */
export const stamp = defineGenerator({
  kind: "stamp",
  file,
  async run({ write }) {
    await write(String(machineMs()));
  },
});

/** Stays in flight until it is cancelled. */
export const hold = defineGenerator({
  kind: "hold",
  isolation: "inline",
  stallMs: 1e9,
  timeoutMs: 1e9,
  file,
  async run({ sleep }) {
    await sleep(1e9);
  },
});

/** By all runs of `ticking` in this process. */
export const reports = { ticks: 0 };

/** Reports when each tick was made. */
export const ticking = defineGenerator({
  kind: "ticking",
  isolation: "inline",
  params: z.object({ ticks: z.number(), everyMs: z.number() }),
  file,
  async run({ params, progress, sleep }) {
    for (let tick = 1; tick <= params.ticks; tick++) {
      await sleep(params.everyMs);
      progress(tick, params.ticks, String(machineMs()));
      reports.ticks += 1;
    }
  },
});

const beating = {
  stallMs: 1e9,
  timeoutMs: 1e9,
  file,
  checkpointMs: 200,
};

/** Reports when its first line ran, then writes and saves a checkpoint a few times a second until it is cancelled. */
async function beat(generation: {
  progress(done: number, total: number | null, message: string): void;
  write(chunk: string): Promise<void>;
  checkpoint(state: number): Promise<void>;
  sleep(ms: number): Promise<void>;
  resume: unknown;
}): Promise<void> {
  const began = machineMs();
  for (let step = Number(generation.resume ?? 0); ; step++) {
    generation.progress(step, null, `${began} ${step}`);
    await generation.write(`${step}\n`);
    await generation.checkpoint(step + 1);
    await generation.sleep(250);
  }
}

export const beatAlone = defineGenerator({ ...beating, kind: "beat-alone", run: beat });
export const beatInline = defineGenerator({
  ...beating,
  kind: "beat-inline",
  isolation: "inline",
  run: beat,
});

/** `mib` mebibytes of bytes that do not compress. */
export const bulk = defineGenerator({
  kind: "bulk",
  params: z.object({ mib: z.number() }),
  file,
  async run({ params, write }) {
    const block = new Uint8Array(1 << 20);
    for (let i = 0; i < block.length; i++) block[i] = (i * 2_654_435_761) >>> 24;
    for (let i = 0; i < params.mib; i++) await write(block);
  },
});
