/** @module One process and the runs that share it. */

import { CarryoutError } from "../../errors.ts";
import type { GeneratorProcess } from "./child.ts";
import { type Death, describeDeath } from "./death.ts";
import { memoryLimit } from "./memory.ts";
import type { ProcessRun } from "./run.ts";
import { notStarted, type Starter } from "./starter.ts";

/** After this many unanswered pings it is considered blocked. */
const MOST_UNANSWERED = 5;

export interface GroupOptions {
  starter: Starter;
  /** Most runs that it may ever have. */
  groupSize: number;
  /** Their total memory limit, in MiB. */
  memoryMb: number;
  /** Interval between pings to its process, in milliseconds. */
  pingMs: number;
  /** Kept even while it has no run. */
  isKept: boolean;
}

export class Group {
  readonly groupSize: number;
  readonly isKept: boolean;
  /** With the revision of the source that its process loaded. */
  readonly ready: Promise<string>;
  /** Resolves when its process is gone and its runs have been notified. */
  readonly gone: Promise<Death>;
  readonly #starter: Starter;
  readonly #process: GeneratorProcess;
  readonly #memoryMb: number;
  readonly #pingMs: number;
  readonly #runs = new Set<ProcessRun>();
  #added = 0;
  #limitBytes = 0;
  #pings: NodeJS.Timeout | null = null;
  #isOpen = true;

  constructor({ starter, groupSize, memoryMb, pingMs, isKept }: GroupOptions) {
    this.groupSize = groupSize;
    this.isKept = isKept;
    this.#starter = starter;
    this.#memoryMb = memoryMb;
    this.#pingMs = pingMs;
    this.#process = starter.start(memoryMb);
    this.ready = this.#process.ready;
    this.ready.then(
      () => this.#begin(),
      (error) => this.#failWaiting(error),
    );
    this.gone = this.#process.gone.then((death) => this.#ended(death));
  }

  /** True while it accepts another run. */
  get isOpen(): boolean {
    return this.#isOpen && this.#added < this.groupSize;
  }

  /** Resolves when a replacement may be started. */
  patience(): Promise<void> {
    return this.#starter.patience(this.#process);
  }

  has(run: ProcessRun): boolean {
    return this.#runs.has(run);
  }

  add(run: ProcessRun): void {
    this.#added += 1;
    this.#runs.add(run);
    if (!this.#process.isReady) return;
    this.#watch();
    run.begin(this.#process);
  }

  /** Ends a run that is alone with its process; one among others is asked to stop and then ignored. */
  async evict(run: ProcessRun): Promise<void> {
    if (run.process !== null && this.groupSize === 1) {
      this.close();
      await this.gone;
    }
    if (run.process !== null) this.#process.send({ type: "abandon", run: run.number });
    this.#process.forget(run);
    this.remove(run);
  }

  remove(run: ProcessRun): void {
    this.#runs.delete(run);
    if (this.#runs.size > 0) return;
    this.#unwatch();
    if (!this.isKept) this.close();
  }

  close(): void {
    this.#isOpen = false;
    this.#process.kill("unwanted");
  }

  #begin(): void {
    this.#limitBytes = memoryLimit(this.#process.pid, this.#memoryMb);
    if (this.#runs.size > 0) this.#watch();
    for (const run of this.#runs) run.begin(this.#process);
  }

  #failWaiting(error: unknown): void {
    this.#isOpen = false;
    for (const run of this.#runs) run.fail(notStarted(error));
  }

  #watch(): void {
    if (this.#pings !== null) return;
    this.#pings = setInterval(() => this.#ping(), this.#pingMs).unref();
    this.#starter.memory.watch(this.#process.pid, this.#limitBytes, () => {
      this.#isOpen = false;
      if (this.groupSize === 1) for (const run of this.#runs) run.overMemory();
      this.#process.kill("memory");
    });
  }

  #unwatch(): void {
    clearInterval(this.#pings ?? undefined);
    this.#pings = null;
    this.#starter.memory.stop(this.#process.pid);
  }

  /** A run that is alone has its own stall deadline. */
  #ping(): void {
    if (this.groupSize > 1 && this.#process.ping() >= MOST_UNANSWERED) {
      this.#isOpen = false;
      this.#process.kill("blocked");
    }
  }

  #ended(death: Death): Death {
    this.#isOpen = false;
    this.#unwatch();
    for (const run of this.#runs) {
      if (run.process !== null) run.died(death);
    }
    if (this.#process.isReady && death.reason !== "unwanted") {
      const message = `a process with ${this.#runs.size} runs ${describeDeath(death)}`;
      this.#starter.onTrouble(new CarryoutError("generation-failed", message, { retriable: true }));
    }
    return death;
  }
}
