/** @module Why a generator process ended, and what that means for the runs that were in it. */

import { CarryoutError } from "../../errors.ts";
import { InterruptedError } from "../executor.ts";
import { aborted } from "../generation.ts";

export interface Death {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Who called `process.exit`, when it came to that. */
  exiting: { run: number | null; exitCode: number } | null;
  /** Why the node ended it, when it did. */
  reason: "unwanted" | "memory" | "blocked" | null;
  /** The last of what it wrote to standard error. */
  lastWords: string;
}

/** Of the runs of a process that died, each of the next processes gets one in this many. */
const SPLIT = 8;

/** What is known about who was in a process that died. */
export interface Scene {
  /** Only one run was ever in it: what happened, that one did. */
  isAlone: boolean;
  /** How many were in it at the end. */
  suspects: number;
  /** The run had been interrupted before, and was given a process because of that. */
  isSuspect: boolean;
}

/** What the run with this number ends with. */
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

/** By somebody else: a generator that ends itself rarely takes this way. */
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

/** What V8 says before it aborts. Buffers and programs that it started are seen by the node instead. */
export function isOutOfMemory({ reason, signal, exitCode, lastWords }: Death): boolean {
  if (reason === "memory") return true;
  return (signal !== null || (exitCode !== null && exitCode > 128)) && /out of memory/i.test(lastWords);
}

/** "ended by process.exit(3)": to follow the name of the process. */
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
