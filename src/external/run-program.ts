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

/** How long a process left behind by an exited program may hold the output open without writing a byte. */
const HELD_MS = 2_000;
/** The last output may arrive after the exit, and a process that it started may hold the pipe open. */
const LAST_WORDS_MS = 500;
/** Time between two reads of its progress: a flood of lines only makes the program wait. */
const PROGRESS_MS = 10;

type Sink = Pick<Generation, "write" | "progress" | "signal">;

/** Resolves when all output was stored and it exited with 0. In any case, no process that it started is left. */
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

/** Resolves when its output has ended, with the last bytes, as many as `endsWith` has. */
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
  // While no output is awaited, the storage is what takes time.
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

/** The generator's author decides what the user reads. */
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
