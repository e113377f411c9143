/** @module Generators for tests with real processes: good ones with known bytes, and every kind of bad one. */

import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { defineGenerator, type Generator } from "../../src/generator/generator.ts";

const WaitQueues = z.strictObject({
  lines: z.coerce.number().int().positive().default(100),
  /** Milliseconds per line. */
  pace: z.coerce.number().nonnegative().default(10),
  seed: z.coerce.string().default("x"),
  /** The second half is made once this file exists; see `held-file.ts`. */
  hold: z.string().default(""),
});
type WaitQueues = z.infer<typeof WaitQueues>;

/** Line `index` of the file that `lines` makes: about a hundred bytes that depend only on seed and index. */
export function lineOf(seed: string, index: number): string {
  return `${index} ${seed} ${"abcdefghijklmnopqrstuvwxyz".repeat(4).slice(index % 26)}\n`;
}

/** The whole file that `lines` makes. */
export function linesText(seed: string, lines: number): string {
  return Array.from({ length: lines }, (_, index) => lineOf(seed, index)).join("");
}

async function untilReleased(
  { hold, lines }: WaitQueues,
  index: number,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  while (hold !== "" && index === lines >> 1 && !existsSync(hold)) await sleep(20);
}

export const lines = defineGenerator({
  kind: "lines",
  params: WaitQueues,
  checkpointMs: 100,
  file: { name: "lines – ü.txt", type: "text/plain; charset=utf-8" },
  async run({ params, resume, write, progress, checkpoint, sleep }) {
    for (let index = Number(resume ?? 0); index < params.lines; index++) {
      if (params.pace > 0) await sleep(params.pace);
      await untilReleased(params, index, sleep);
      await write(lineOf(params.seed, index));
      progress(index + 1, params.lines, `line ${index + 1}`);
      await checkpoint(index + 1);
    }
  },
});

/** The same, in a process shared with others. */
export const sharing: Generator<WaitQueues> = { ...lines, kind: "sharing", isolation: "inline" };

/** The same without checkpoints: starts over after a death. */
export const whole = defineGenerator({
  kind: "whole",
  params: WaitQueues,
  file: { name: "whole.txt", type: "text/plain" },
  async run({ params, write, progress, sleep }) {
    for (let index = 0; index < params.lines; index++) {
      await sleep(params.pace);
      await untilReleased(params, index, sleep);
      await write(lineOf(params.seed, index));
      progress(index + 1, params.lines);
    }
  },
});

type Bad = Generator<Record<string, never>>;

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

/** Allocates memory that V8 does not count. */
export const buffering = defineGenerator({
  ...bad,
  kind: "buffers",
  memoryMb: 64,
  async run({ sleep }) {
    const held: Buffer[] = [];
    for (;;) {
      held.push(Buffer.alloc(4 * 1024 * 1024, 1));
      await sleep(1);
    }
  },
});

/** Builds one string of many rows: the heap fills up within one call. */
export const joining = defineGenerator({
  ...bad,
  kind: "joins",
  memoryMb: 64,
  async run({ write }) {
    await write(Array.from({ length: 3e6 }, (_, row) => `${row},customer ${row},${row * 3}`).join("\n"));
  },
});

/** Ends the process like a crash in native code. */
export const crashing = defineGenerator({
  ...bad,
  kind: "crashes",
  async run({ sleep }) {
    await sleep(1);
    process.abort();
  },
});

/** The same, in a process shared with others. */
export const crashingAmongOthers: Bad = {
  ...crashing,
  kind: "crashes-shared",
  isolation: "inline",
};

export const rejecting = defineGenerator({
  ...bad,
  kind: "rejects",
  async run({ sleep }) {
    void (async () => {
      await sleep(1);
      throw new Error("nobody waits for this");
    })();
    await sleep(60_000);
  },
});

export const rejectingAmongOthers: Bad = {
  ...rejecting,
  kind: "rejects-shared",
  isolation: "inline",
};

/** Computes until it is ended. */
export const busy = defineGenerator({
  ...bad,
  kind: "busy",
  stallMs: 3_600_000,
  run({ progress }) {
    progress(1, 2, `pid ${process.pid}`);
    for (;;);
  },
});

export const leaving = defineGenerator({
  ...bad,
  kind: "exits",
  run() {
    process.exit(3);
  },
});
