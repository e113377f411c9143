/** @module Runs generators that mostly wait in one shared process, apart from the node; suspects in smaller groups. */

import { totalmem } from "node:os";
import { CarryoutError } from "../../errors.ts";
import type { Executor, Host, Job, Run } from "../executor.ts";
import { requireGenerator } from "../registry.ts";
import { Group } from "./group.ts";
import { type Home, ProcessRun } from "./run.ts";
import { type ProcessesOptions, Starter } from "./starter.ts";

/** Memory limit for all runs of one process, in MiB: at most half of the machine's or container's memory. */
const SHARED_MB = Math.min(
  2_048,
  Math.floor(Math.min(totalmem(), process.constrainedMemory() || totalmem()) / 2 ** 21),
);

/** Interval between pings to a process, in milliseconds. */
const PING_MS = 1_000;

export interface SharedOptions extends ProcessesOptions {
  /** For tests. */
  pingMs?: number;
}

/**
 * Thousands may run at once. When the process dies or is blocked, all its runs end as interrupted, and are rerun
 * divided among several processes: a run that kills a process in which no other run ever was is found guilty. With a
 * thousand suspects, four successive processes have to die to identify one.
 */
export class Shared implements Executor, Home {
  readonly #options: SharedOptions;
  readonly #starter: Starter;
  readonly #groups = new Set<Group>();
  readonly #loaded: Promise<string>;
  #unusable: unknown = null;

  constructor(options: SharedOptions, starter = new Starter(options)) {
    this.#options = options;
    this.#starter = starter;
    this.#loaded = this.#everybody().ready.catch((error) => {
      this.#unusable = starter.isClosed ? new CarryoutError("closed", "this executor is closed") : error;
      throw this.#unusable;
    });
    this.#loaded.catch(() => {});
  }

  start(job: Job, host: Host): Run {
    if (this.#starter.isClosed) throw new CarryoutError("closed", "this executor is closed");
    if (this.#unusable !== null) throw this.#unusable;
    const { registry, clock } = this.#options;
    const { memoryMb } = requireGenerator(registry, job.kind);
    const run = new ProcessRun(this, { job, host, clock, memoryMb });
    const group = job.groupSize === undefined ? this.#everybody() : this.#suspects(job.groupSize, memoryMb);
    group.add(run);
    return run;
  }

  ready(): Promise<string> {
    return this.#loaded;
  }

  async close(): Promise<void> {
    const closing = this.#starter.close();
    for (const group of this.#groups) group.close();
    await closing;
  }

  async evict(run: ProcessRun): Promise<void> {
    await this.#groupOf(run)?.evict(run);
  }

  returned(run: ProcessRun): void {
    this.#groupOf(run)?.remove(run);
  }

  #groupOf(run: ProcessRun): Group | undefined {
    return [...this.#groups].find((group) => group.has(run));
  }

  /** The group of all runs that are not suspects. */
  #everybody(): Group {
    return this.#group(Number.POSITIVE_INFINITY, SHARED_MB, true);
  }

  #suspects(groupSize: number, memoryMb: number): Group {
    return this.#group(groupSize, groupSize === 1 ? memoryMb : SHARED_MB, false);
  }

  #group(groupSize: number, memoryMb: number, isKept: boolean): Group {
    const open = [...this.#groups].find((group) => group.groupSize === groupSize && group.isOpen);
    if (open !== undefined) return open;
    const group = new Group({
      starter: this.#starter,
      groupSize,
      memoryMb,
      pingMs: this.#options.pingMs ?? PING_MS,
      isKept,
    });
    this.#groups.add(group);
    void group.gone.then(() => this.#ended(group));
    return group;
  }

  async #ended(group: Group): Promise<void> {
    this.#groups.delete(group);
    if (!group.isKept) return;
    await group.patience();
    if (!this.#starter.isClosed && this.#unusable === null) this.#everybody();
  }
}
