/** @module One generator process, seen from the node. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { CarryoutError, messageOf } from "../../errors.ts";
import { writeToStandardError } from "../../telemetry/standard-error.ts";
import type { Job } from "../executor.ts";
import { failureFrom } from "../failure-message.ts";
import { Channel } from "./channel.ts";
import { type Death, describeDeath, isOutOfMemory } from "./death.ts";
import type { MemoryWatch } from "./memory.ts";
import { CHANNEL_FD, type FromProcess, type FromRun, type ToProcess } from "./protocol.ts";
import type { Warden } from "./warden.ts";

/** `.ts` when run from source, `.js` when built. */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./program.ts" : "./program.js", import.meta.url),
);
/** Characters of standard error that are kept to explain its death. */
const LAST_WORDS = 4_096;
/** How long the last output of a dead process may take to arrive: a child of it may hold the pipe open. */
const LAST_WORDS_MS = 500;
/** Heap for the library and the generators' modules, in addition to what generators may need. */
const OWN_HEAP_MB = 64;
/** Half of what is filled with new objects before it is collected, in MiB. */
const YOUNG_MB = 8;
/** A terabyte: V8 does not accept larger limits. */
const MOST_HEAP_MB = 1_048_576;
/** Node options that make sense only once per machine, or only for the program they were given to. */
const NOT_INHERITED =
  /^--?(inspect|debug|test|watch|eval|print|check|interactive|input-type|cpu-prof|heap-prof|max-old-space-size|e$|p$|c$|i$|pe$)/;

export interface ProcessOptions {
  moduleUrl: string;
  /** Heap for generators, in MiB. */
  heapMb: number;
  env: Readonly<Record<string, string | undefined>>;
  warden: Warden;
  memory: MemoryWatch;
  /** Called with the revision of the source that it loaded: why it can't be used, or null. */
  refuse: (source: string) => Error | null;
  /** Called with errors that belong to no current run. */
  onTrouble: (error: CarryoutError) => void;
}

/** A run as the process knows it that has it. */
export interface RunInProcess {
  readonly number: number;
  readonly job: Job;
  receive(message: FromRun, bytes: Uint8Array): void;
  /** The process is gone. */
  died(death: Death): void;
  terminate(): Promise<void>;
}

export class GeneratorProcess {
  /** Resolves with their source's revision when its generators are loaded; rejects if they can't be used. */
  readonly ready: Promise<string>;
  /** Resolves when it has ended and all its messages were processed. */
  readonly gone: Promise<Death>;
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess;
  readonly #channel: Channel<ToProcess, FromProcess>;
  readonly #runs = new Map<number, RunInProcess>();
  readonly #loading = Promise.withResolvers<string>();
  #begun = 0;
  #isReady = false;
  #hadStrays = false;
  #reason: Death["reason"] = null;
  #exiting: Death["exiting"] = null;
  #lastWords = "";
  #unansweredPings = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, [...flagsOf(options.heapMb), PROGRAM, options.moduleUrl], {
      // Its own process group: a terminal's Ctrl-C is for the node, and programs that generators start end with it.
      detached: process.platform !== "win32",
      windowsHide: true,
      env: options.env,
      stdio: ["ignore", "inherit", "pipe", "pipe"],
    });
    // Undefined if the system could not create a process; the event "error" reports it.
    const socket = (this.#child.stdio?.[CHANNEL_FD] as Socket | undefined) ?? new Socket().destroy();
    this.#channel = new Channel(socket, (message: FromProcess, bytes) => this.#receive(message, bytes));
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      writeToStandardError(chunk.toString("utf8"));
      this.#lastWords = (this.#lastWords + chunk.toString("latin1")).slice(-LAST_WORDS);
    });
    if (this.pid > 0) options.warden.begins(this.pid);
    this.ready = this.#loading.promise;
    this.ready.catch(() => {});
    this.gone = this.#untilGone(socket);
  }

  /** -1 if it could not be started. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Number of runs it has ever had. */
  get begun(): number {
    return this.#begun;
  }

  /** Number of current runs. */
  get runs(): Iterable<RunInProcess> {
    return this.#runs.values();
  }

  get size(): number {
    return this.#runs.size;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** True after an uncaught error in it: its state is unknown. */
  get hadStrays(): boolean {
    return this.#hadStrays;
  }

  begin(run: RunInProcess): void {
    this.#begun += 1;
    this.#runs.set(run.number, run);
    this.#channel.sendSoon({ type: "run", run: run.number, job: run.job });
  }

  /** Ignores all further messages of this run. */
  forget(run: RunInProcess): void {
    this.#runs.delete(run.number);
  }

  send(message: ToProcess): void {
    this.#channel.sendSoon(message);
  }

  /** Sends a ping; returns how many in a row are unanswered. */
  ping(): number {
    this.#channel.sendSoon({ type: "ping" });
    return this.#unansweredPings++;
  }

  /** Kills it at once, with everything that it started. */
  kill(reason: Exclude<Death["reason"], null>): void {
    this.#reason ??= reason;
    this.#killGroup();
  }

  #receive(message: FromProcess, bytes: Uint8Array): void {
    switch (message.type) {
      case "ready":
        this.#loaded(message.source);
        break;
      case "unloadable":
        this.#loading.reject(new CarryoutError("invalid-config", message.message));
        this.kill("unwanted");
        break;
      case "pong":
        this.#unansweredPings = 0;
        this.#options.memory.told(this.pid, message.rssBytes);
        break;
      case "stray":
        this.#hadStrays = true;
        this.#options.onTrouble(straying(message));
        break;
      case "exiting":
        this.#exiting = message;
        break;
      default: {
        const run = this.#runs.get(message.run);
        if (message.type === "returned") this.#runs.delete(message.run);
        run?.receive(message, bytes);
      }
    }
  }

  #loaded(source: string): void {
    const refusal = this.#options.refuse(source);
    if (refusal !== null) {
      this.#loading.reject(refusal);
      this.kill("unwanted");
    } else {
      this.#isReady = true;
      this.#loading.resolve(source);
    }
  }

  async #untilGone(socket: Socket): Promise<Death> {
    const closed = closing(socket);
    const quiet = closing(this.#child.stderr);
    const { pid } = this;
    const [exitCode, signal] = await this.#exit();
    if (pid > 0) {
      this.#options.memory.stop(pid);
      // Programs that generators started are killed with it.
      this.#killGroup();
      this.#options.warden.ends(pid);
    }
    const late = AbortSignal.timeout(LAST_WORDS_MS);
    await Promise.race([Promise.all([closed, quiet]), once(late, "abort")]);
    const death = {
      exitCode,
      signal,
      exiting: this.#exiting,
      reason: this.#reason,
      lastWords: this.#lastWords,
    };
    this.#loading.reject(whileLoading(death, this.#options.heapMb));
    return death;
  }

  async #exit(): Promise<[number | null, NodeJS.Signals | null]> {
    try {
      return (await once(this.#child, "exit")) as [number | null, NodeJS.Signals | null];
    } catch (error) {
      this.#loading.reject(
        new CarryoutError("unavailable", `no process could be started: ${messageOf(error)}`, {
          retriable: true,
          cause: error,
        }),
      );
      return [null, null];
    }
  }

  #killGroup(): void {
    const { pid } = this;
    if (pid < 1) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {
      // It has already ended.
    }
  }
}

/** Unlike `once`, resolves even after an error. */
function closing(stream: Readable | null): Promise<void> {
  if (stream === null || stream.closed) return Promise.resolve();
  return new Promise((resolve) => stream.once("close", resolve));
}

/**
 * Of V8, for a process that runs generators with this much heap. A young generation of more than `YOUNG_MB` fills before
 * it is collected: making a million rows took 150 MiB instead of 60 and no less time.
 */
export function flagsOf(heapMb: number): string[] {
  const given = process.execArgv.filter((flag, index, all) => {
    const isValue = !flag.startsWith("-") && /^--?(eval|print|e|p|pe)$/.test(all[index - 1] ?? "");
    return !isValue && !NOT_INHERITED.test(flag);
  });
  // What the node was given comes later, and wins.
  return [
    `--max-semi-space-size=${YOUNG_MB}`,
    ...given,
    `--max-old-space-size=${Math.ceil(Math.min(heapMb, MOST_HEAP_MB)) + OWN_HEAP_MB}`,
  ];
}

function straying({ run, failure }: Extract<FromProcess, { type: "stray" }>): CarryoutError {
  const whose = run === null ? "the generators module" : "a run that has ended";
  const cause = failureFrom(failure);
  return new CarryoutError("generation-failed", `uncaught error in ${whose}: ${cause.message}`, {
    retriable: true,
    cause: cause.cause,
  });
}

function whileLoading(death: Death, heapMb: number): CarryoutError {
  const message = isOutOfMemory(death)
    ? `the generators need more than ${heapMb + OWN_HEAP_MB} MiB just to load`
    : `the process that loads the generators ${describeDeath(death)}`;
  return new CarryoutError("invalid-config", message);
}
