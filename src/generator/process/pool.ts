/** @module Runs each generator in its own process, from a pool of warm ones, so that it can harm only itself. */

import { CarryoutError } from "../../errors.ts";
import type { Executor, Host, Job, Run } from "../executor.ts";
import { requireGenerator } from "../registry.ts";
import type { GeneratorProcess } from "./child.ts";
import { type Death, describeDeath } from "./death.ts";
import { memoryLimit, residentBytes } from "./memory.ts";
import { type Home, ProcessRun } from "./run.ts";
import { notStarted, type ProcessesOptions, Starter } from "./starter.ts";

export interface PoolOptions extends ProcessesOptions {
  /** Number of processes, all kept warm. A run waits if none is free. */
  capacity: number;
}

const MIB = 1024 * 1024;
/** A process that has grown by more than this after a run is not used again. */
const BLOATED_MB = 256;

/** A process serves one run at a time, and the next one only if the last left nothing behind. */
export class Pool implements Executor, Home {
  readonly #options: PoolOptions;
  readonly #starter: Starter;
  readonly #heapMb: number;
  readonly #processes = new Set<GeneratorProcess>();
  readonly #idle = new Set<GeneratorProcess>();
  readonly #waiting = new Set<ProcessRun>();
  /** Memory of each process right after it was warmed up, in bytes. */
  readonly #warmBytes = new WeakMap<GeneratorProcess, number>();
  readonly #loaded: Promise<string>;
  #unusable: unknown = null;

  constructor(options: PoolOptions, starter = new Starter(options)) {
    this.#options = options;
    this.#starter = starter;
    this.#heapMb = Math.max(...options.registry.all().map(({ memoryMb }) => memoryMb));
    // The first one shows whether the generators can be loaded; only then are the others started.
    this.#loaded = this.#add().then(
      (source) => {
        this.#fill();
        return source;
      },
      (error) => this.#giveUp(error),
    );
    this.#loaded.catch(() => {});
  }

  start(job: Job, host: Host): Run {
    if (this.#starter.isClosed) throw new CarryoutError("closed", "this executor is closed");
    if (this.#unusable !== null) throw this.#unusable;
    const { registry, clock } = this.#options;
    const { memoryMb } = requireGenerator(registry, job.kind);
    const run = new ProcessRun(this, { job, host, clock, memoryMb });
    this.#waiting.add(run);
    this.#assign();
    return run;
  }

  ready(): Promise<string> {
    return this.#loaded;
  }

  async close(): Promise<void> {
    const closing = this.#starter.close();
    const runs = [...this.#waiting, ...[...this.#processes].flatMap((each) => [...each.runs])];
    await Promise.all([closing, ...runs.map((run) => run.terminate())]);
  }

  async evict(run: ProcessRun): Promise<void> {
    this.#waiting.delete(run);
    if (run.process === null) return;
    this.#retire(run.process);
    await run.process.gone;
  }

  returned({ process: used }: ProcessRun, leftover: string | null): void {
    if (used === null) return;
    this.#starter.memory.stop(used.pid);
    const isFit = leftover === null && !used.hadStrays && !this.#isBloated(used);
    if (!isFit) this.#retire(used);
    else if (this.#processes.has(used)) this.#idle.add(used);
    this.#assign();
  }

  /** Assigns free processes to waiting runs; a suspect gets an unused one. */
  #assign(): void {
    for (const run of this.#waiting) {
      const free = [...this.#idle];
      const isSuspect = run.job.groupSize !== undefined;
      const chosen = isSuspect ? free.find(({ begun }) => begun === 0) : free.at(-1);
      if (chosen !== undefined) this.#begin(run, chosen);
      else if (free[0] !== undefined && !this.#isStarting()) this.#retire(free[0]);
    }
  }

  #isStarting(): boolean {
    return [...this.#processes].some(({ isReady }) => !isReady);
  }

  #isBloated(used: GeneratorProcess): boolean {
    const held = residentBytes(used.pid) ?? 0;
    return held - (this.#warmBytes.get(used) ?? 0) > BLOATED_MB * MIB;
  }

  #begin(run: ProcessRun, chosen: GeneratorProcess): void {
    this.#waiting.delete(run);
    this.#idle.delete(chosen);
    this.#starter.memory.watch(chosen.pid, memoryLimit(chosen.pid, run.memoryMb), () => {
      run.overMemory();
      this.#retire(chosen, "memory");
    });
    run.begin(chosen);
  }

  /** Ends a process, and starts a replacement. */
  #retire(unfit: GeneratorProcess, reason: "unwanted" | "memory" = "unwanted"): void {
    unfit.kill(reason);
    this.#left(unfit);
  }

  #left(gone: GeneratorProcess): void {
    this.#idle.delete(gone);
    if (this.#processes.delete(gone)) this.#fill();
  }

  #fill(): void {
    while (!this.#starter.isClosed && this.#processes.size < this.#options.capacity) {
      this.#add().catch((error) => this.#notStarted(error));
    }
  }

  /** Resolves with its source's revision when it is warm; rejects if it can't be used. */
  async #add(): Promise<string> {
    const added = this.#starter.start(this.#heapMb);
    this.#processes.add(added);
    void added.gone.then((death) => this.#ended(added, death));
    const source = await added.ready;
    this.#warmBytes.set(added, residentBytes(added.pid) ?? 0);
    if (!this.#processes.has(added)) return source;
    this.#idle.add(added);
    this.#assign();
    return source;
  }

  async #ended(ended: GeneratorProcess, death: Death): Promise<void> {
    const runs = [...ended.runs];
    for (const run of runs) run.died(death);
    this.#idle.delete(ended);
    if (ended.isReady && runs.length === 0 && death.reason === null) {
      const message = `a generator process ${describeDeath(death)} between two runs and is replaced`;
      this.#starter.onTrouble(new CarryoutError("generation-failed", message, { retriable: true }));
    }
    await this.#starter.patience(ended);
    if (this.#unusable === null) this.#left(ended);
  }

  /** Rejects all waiting runs: no generation is possible. */
  #giveUp(cause: unknown): never {
    const error = this.#starter.isClosed ? new CarryoutError("closed", "this executor is closed") : cause;
    this.#unusable = error;
    for (const run of this.#waiting) run.fail(error);
    throw error;
  }

  /** Others may still be running: waiting runs are rejected only when none is left. */
  #notStarted(cause: unknown): void {
    if (this.#starter.isClosed) return;
    const error = notStarted(cause);
    this.#starter.onTrouble(error);
    if (![...this.#processes].some(({ isReady }) => isReady)) {
      for (const run of this.#waiting) run.fail(error);
      this.#waiting.clear();
    }
  }
}
