/** @module Why a generator process ended, and what that means for the runs that were in it. */

import { CarryoutError } from "../../errors.ts";
import { InterruptedError } from "../executor.ts";
import { aborted } from "../generation.ts";

export interface Death {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** The run that called `process.exit`, if any. */
  exiting: { run: number | null; exitCode: number } | null;
  /** Why the node ended it, if it did. */
  reason: "unwanted" | "memory" | "blocked" | null;
  /** The end of its standard error. */
  lastWords: string;
}

/** The runs of a process that died are divided among this many new processes. */
const SPLIT = 8;

/** What is known about the runs of a process that died. */
export interface Scene {
  /** Only one run was ever in it, so that one is responsible. */
  isAlone: boolean;
  /** Number of runs at the end. */
  suspects: number;
  /** The run had been interrupted before, and was therefore given a separate process. */
  isSuspect: boolean;
}

/** The error with which the run with this number ends. */
export function endOfRun(death: Death, run: number, scene: Scene, memoryMb: number): CarryoutError {
  if (death.reason === "unwanted") return aborted();
  if (death.exiting?.run === run)
    return failed(`the generator called process.exit(${death.exiting.exitCode})`);
  if (!scene.isAlone || (isKilled(death) && !scene.isSuspect)) {
    const message = `a process shared by several runs ${describeDeath(death)}; which run caused it is unknown`;
    return new InterruptedError(message, Math.max(1, Math.floor(scene.suspects / SPLIT)));
  }
  if (isOutOfMemory(death)) return outOfMemory(memoryMb);
  return failed(`the generator's process ${describeDeath(death)}`);
}

/** Signals that were probably sent from outside: generators rarely end themselves this way. */
function isKilled({ signal, reason }: Death): boolean {
  return signal === "SIGKILL" && reason === null;
}

export function outOfMemory(memoryMb: number): CarryoutError {
  return new CarryoutError(
    "generation-out-of-memory",
    `The generator exceeded its ${memoryMb} MiB of memory.`,
    { retriable: true, details: { memoryMb } },
  );
}

/** V8's message before it aborts. Buffers and child programs are counted by the node instead. */
export function isOutOfMemory({ reason, signal, exitCode, lastWords }: Death): boolean {
  if (reason === "memory") return true;
  return (signal !== null || (exitCode !== null && exitCode > 128)) && /out of memory/i.test(lastWords);
}

/** "ended by process.exit(3)", to be appended to the name of the process. */
export function describeDeath(death: Death): string {
  const { exiting, signal, exitCode, reason } = death;
  if (isOutOfMemory(death)) return "used too much memory";
  if (reason === "blocked") return "was blocked by one of its runs";
  if (reason === "unwanted") return "was stopped";
  if (exiting !== null) return `exited by process.exit(${exiting.exitCode})`;
  if (signal === "SIGKILL") return "was killed by SIGKILL; is the machine out of memory?";
  return signal === null ? `exited with code ${exitCode}` : `was killed by ${signal}`;
}

function failed(message: string): CarryoutError {
  return new CarryoutError("generation-failed", message, { retriable: true });
}
