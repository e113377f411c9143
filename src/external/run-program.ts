/** @module Runs a program whose standard output is the file. */

import { once } from "node:events";
import type { Readable } from "node:stream";
import { systemClock } from "../clock/system.ts";
import type { Generation } from "../generator/generator.ts";
import { OutputTail } from "./output-tail.ts";
import {
  outputEmpty,
  outputHeld,
  outputIncomplete,
  outputTooLarge,
  type ProgramFailure,
  programFailed,
} from "./program-failure.ts";
import { type Exit, ProgramGroup } from "./program-group.ts";
import { badProgressLine, ProgressLines } from "./progress-lines.ts";

export interface ProgramRun {
  kind: string;
  program: string;
  args: readonly string[];
  env: Record<string, string>;
  cwd: string | undefined;
  maxBytes: number;
  allowEmpty: boolean;
  endsWith: string;
  explain: (failure: ProgramFailure) => Error | undefined;
}

/** How long output may be held open, without a byte, by what a program that has exited left behind. */
const HELD_MS = 2_000;
/** What it said last may arrive after its exit, and something that it started may hold the pipe open. */
const LAST_WORDS_MS = 500;
/** Between two looks at its progress: a flood of lines makes the program wait, and nothing else. */
const PROGRESS_MS = 10;

type Sink = Pick<Generation, "write" | "progress" | "signal">;

/** Resolves when all that it wrote was taken and it exited with 0. Nothing that it started is left in any case. */
export async function runProgram(run: ProgramRun, { write, progress, signal }: Sink): Promise<void> {
  signal.throwIfAborted();
  const group = new ProgramGroup(run.program, run.args, run);
  const end = () => void group.end();
  signal.addEventListener("abort", end);
  try {
    const tail = new OutputTail(group.stderr);
    void readProgress(group.progress, progress, run.kind);
    const copied = copy(group, run, write);
    const exit = await Promise.race([group.exited, rejectionOf(copied)]);
    signal.throwIfAborted();
    if (exit.code !== 0) throw await failureOf(run, exit, tail, group.stderr);
    const { size, last } = await copied;
    if (size === 0 && !run.allowEmpty) throw outputEmpty(run.program, tail);
    if (!last.equals(Buffer.from(run.endsWith))) throw outputIncomplete(run.program, run.endsWith, tail);
  } finally {
    signal.removeEventListener("abort", end);
    await group.end();
  }
}

/** Resolves when its output has ended, with as many of its last bytes as `endsWith` has. */
async function copy(
  { stdout, exited }: ProgramGroup,
  { maxBytes, endsWith }: ProgramRun,
  write: Sink["write"],
): Promise<{ size: number; last: Buffer }> {
  const lastBytes = Buffer.byteLength(endsWith);
  let last = Buffer.alloc(0);
  let size = 0;
  let isExited = false;
  let isExpecting = false;
  let cancel = () => {};
  // While nothing is expected from the program, it is the storage that is slow.
  const expect = (isExpected: boolean) => {
    cancel();
    isExpecting = isExpected;
    if (isExpected && isExited) cancel = systemClock.after(HELD_MS, () => stdout.destroy(outputHeld()));
  };
  const notice = () => {
    isExited = true;
    expect(isExpecting);
  };
  void exited.then(notice, notice);
  try {
    expect(true);
    for await (const chunk of stdout as AsyncIterable<Buffer>) {
      expect(false);
      size += chunk.length;
      if (size > maxBytes) throw outputTooLarge(maxBytes);
      if (lastBytes > 0) last = Buffer.concat([last, chunk.subarray(-lastBytes)]).subarray(-lastBytes);
      await write(chunk);
      expect(true);
    }
    return { size, last };
  } finally {
    expect(false);
  }
}

async function readProgress(stream: Readable, progress: Sink["progress"], kind: string): Promise<void> {
  const lines = new ProgressLines(
    ({ done, total, message }) => progress(done, total, message),
    badProgressLine(kind),
  );
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      lines.push(chunk);
      await systemClock.sleep(PROGRESS_MS);
    }
    lines.end();
  } catch {
    // The end of the program closes it.
  }
}

/** What its user reads is for the generator's author to say. */
async function failureOf(run: ProgramRun, exit: Exit, tail: OutputTail, stderr: Readable): Promise<Error> {
  if (!stderr.closed) {
    const late = AbortSignal.timeout(LAST_WORDS_MS);
    await once(stderr, "close", { signal: late }).catch(() => {});
  }
  const failure = { exitCode: exit.code, signal: exit.signal, stderr: tail.text() };
  return run.explain(failure) ?? programFailed(run.program, exit, tail);
}

/** Never resolves. */
function rejectionOf(promise: Promise<unknown>): Promise<never> {
  return promise.then(() => new Promise<never>(() => {}));
}
