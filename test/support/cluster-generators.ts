/** @module Generators for tests with real processes: good ones whose bytes are known, and every bad kind. */

import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { defineGenerator } from "../../src/generator/generator.ts";

const Lines = z.strictObject({
  lines: z.coerce.number().int().positive().default(100),
  /** Milliseconds per line. */
  pace: z.coerce.number().nonnegative().default(10),
  seed: z.coerce.string().default("x"),
});
type Lines = z.infer<typeof Lines>;

/** Line `index` of the file that `lines` makes: some hundred bytes that depend on seed and index alone. */
export function lineOf(seed: string, index: number): string {
  return `${index} ${seed} ${"abcdefghijklmnopqrstuvwxyz".repeat(4).slice(index % 26)}\n`;
}

/** The whole file that `lines` makes. */
export function linesText(seed: string, lines: number): string {
  return Array.from({ length: lines }, (_, index) => lineOf(seed, index)).join("");
}

export const lines = defineGenerator<Lines>({
  kind: "lines",
  params: Lines,
  checkpointMs: 100,
  file: { name: "lines – ü.txt", type: "text/plain; charset=utf-8" },
  async run({ params, resume, write, progress, checkpoint, sleep }) {
    for (let index = Number(resume ?? 0); index < params.lines; index++) {
      if (params.pace > 0) await sleep(params.pace);
      await write(lineOf(params.seed, index));
      progress(index + 1, params.lines, `line ${index + 1}`);
      await checkpoint(index + 1);
    }
  },
});

/** The same without any checkpoint: begins anew after a death. */
export const whole = defineGenerator<Lines>({
  kind: "whole",
  params: Lines,
  file: { name: "whole.txt", type: "text/plain" },
  async run({ params, write, progress, sleep }) {
    for (let index = 0; index < params.lines; index++) {
      await sleep(params.pace);
      await write(lineOf(params.seed, index));
      progress(index + 1, params.lines);
    }
  },
});

const bad = { params: z.strictObject({}), maxFailures: 1, file: { name: "bad.txt", type: "text/plain" } };

export const endless = defineGenerator({
  ...bad,
  kind: "endless-loop",
  stallMs: 700,
  run() {
    for (;;);
  },
});

export const hungry = defineGenerator({
  ...bad,
  kind: "out-of-memory",
  memoryMb: 96,
  run() {
    const held: unknown[] = [];
    for (;;) held.push(new Array(10_000).fill(Math.random()));
  },
});

export const throwing = defineGenerator({
  ...bad,
  kind: "throws",
  async run() {
    await wait(1);
    throw new Error("the ledger is closed");
  },
});

export const stray = defineGenerator({
  ...bad,
  kind: "throws-in-timer",
  async run({ sleep }) {
    setTimeout(() => {
      throw new Error("nobody catches this");
    }, 1);
    await sleep(60_000);
  },
});

export const leaving = defineGenerator({
  ...bad,
  kind: "exits",
  run() {
    process.exit(3);
  },
});
