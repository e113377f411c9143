/** @module Starts generator processes, all with the same generators. */

import { CarryoutError, messageOf } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { GeneratorsChangedError } from "../executor.ts";
import type { Registry } from "../registry.ts";
import { GeneratorProcess } from "./child.ts";
import type { Death } from "./death.ts";
import { MemoryWatch, residentBytes } from "./memory.ts";
import { Warden } from "./warden.ts";

export interface ProcessesOptions {
  /** Must come from a module, since each process loads it again. */
  registry: Registry;
  clock: Clock;
  /** Environment of the processes. Default: this process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * Called for problems outside any run: a process that could not be started, an uncaught error, a module that is slow
   * to load. Default: a process warning.
   */
  onTrouble?: (error: CarryoutError) => void;
}

/** Delay after a process could not be started, in milliseconds; doubled each time. */
const RESTART_FIRST_MS = 500;
const RESTART_MOST_MS = 30_000;
/** Loading that takes longer is reported. */
const SLOW_MS = 10_000;
/** Interval between queries for a process's own memory figure, in milliseconds. */
const ASK_MS = 250;

export class Starter {
  readonly memory = new MemoryWatch();
  readonly onTrouble: (error: CarryoutError) => void;
  readonly #options: ProcessesOptions;
  readonly #moduleUrl: string;
  readonly #warden = new Warden();
  readonly #living = new Set<GeneratorProcess>();
  readonly #closed = new AbortController();
  #failures = 0;
  /** Of the first process; all others must have loaded the same. */
  #source: string | null = null;

  constructor(options: ProcessesOptions) {
    const { moduleUrl } = options.registry;
    if (moduleUrl === null) {
      throw new CarryoutError(
        "invalid-config",
        'generators with isolation "process" must come from a module that other processes can load',
      );
    }
    this.#moduleUrl = moduleUrl;
    this.#options = options;
    if (residentBytes(process.pid) === null) this.#askForMemory();
    this.onTrouble = options.onTrouble ?? ((error) => process.emitWarning(error));
  }

  /** @param heapMb heap for generators, in MiB. */
  start(heapMb: number): GeneratorProcess {
    const { env = process.env, clock } = this.#options;
    const { memory, onTrouble } = this;
    const started = new GeneratorProcess({
      moduleUrl: this.#moduleUrl,
      heapMb,
      env,
      warden: this.#warden,
      memory,
      refuse: (source) => {
        this.#source ??= source;
        return source === this.#source ? null : new GeneratorsChangedError();
      },
      onTrouble,
    });
    this.#living.add(started);
    void started.gone.then((death) => {
      this.#living.delete(started);
      if (isFailedStart(started, death)) this.#failures += 1;
      else if (started.begun > 0) this.#failures = 0;
    });
    const cancelSlow = clock.after(SLOW_MS, () => onTrouble(slow(this.#moduleUrl)));
    started.ready.then(cancelSlow, cancelSlow);
    return started;
  }

  /** Resolves when a replacement for a dead process may be started: with growing delays while that fails. */
  async patience(gone: GeneratorProcess): Promise<void> {
    if (!isFailedStart(gone, await gone.gone)) return;
    const ms = Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** Math.max(0, this.#failures - 1));
    await this.#options.clock.sleep(ms, this.#closed.signal);
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** If the system does not reveal other processes' memory, they report it themselves when they can. */
  #askForMemory(): void {
    const timer = setInterval(() => {
      for (const each of this.#living) if (each.size > 0) each.ping();
    }, ASK_MS).unref();
    this.#closed.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** Ends them all. */
  async close(): Promise<void> {
    this.#closed.abort();
    const living = [...this.#living];
    for (const each of living) each.kill("unwanted");
    await Promise.all(living.map((each) => each.gone));
    this.#warden.close();
  }
}

/** True for a process that could not be started, or that ended by itself before it was used. */
function isFailedStart(gone: GeneratorProcess, death: Death): boolean {
  return !gone.isReady || (gone.begun === 0 && death.reason === null);
}

/** The error for waiting runs and for the log. */
export function notStarted(cause: unknown): CarryoutError {
  if (cause instanceof GeneratorsChangedError) return cause;
  return new CarryoutError("generation-failed", `no process could be started for it: ${messageOf(cause)}`, {
    retriable: true,
    cause,
  });
}

function slow(moduleUrl: string): CarryoutError {
  return new CarryoutError(
    "unavailable",
    `a generator process has been loading ${moduleUrl} for ${SLOW_MS / 1000} seconds: ` +
      "does a top-level await never settle?",
    { retriable: true },
  );
}
