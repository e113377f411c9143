/** @module One run in a generator process, seen from the node. */

import { messageOf } from "../../errors.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Host, Job, Outcome, Run } from "../executor.ts";
import { failureFrom } from "../failure-message.ts";
import { aborted } from "../generation.ts";
import type { GeneratorProcess, RunInProcess } from "./child.ts";
import { type Death, endOfRun, outOfMemory } from "./death.ts";
import type { FromRun, ToProcess } from "./protocol.ts";

/** How long a generator may continue after its run has ended, in milliseconds, before it is terminated. */
const GRACE_MS = 1_000;

/** Provides a run's process, and takes it back. */
export interface Home {
  /** Stops everything of the run. Resolves when that is done, or when nothing more can be done. */
  evict(run: ProcessRun): Promise<void>;
  /** Called when the generator has returned, with a description of what it left behind, or null. */
  returned(run: ProcessRun, leftover: string | null): void;
}

let lastNumber = 0;

export class ProcessRun implements Run, RunInProcess {
  readonly number: number;
  readonly job: Job;
  readonly memoryMb: number;
  readonly begun: Promise<void>;
  readonly done: Promise<Outcome>;
  readonly #home: Home;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #begin = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<Outcome>();
  #process: GeneratorProcess | null = null;
  #hasEnded = false;
  #hasReturned = false;
  #cancelGrace: Cancel = () => {};

  constructor(home: Home, options: { job: Job; host: Host; clock: Clock; memoryMb: number }) {
    lastNumber += 1;
    this.number = lastNumber;
    this.job = options.job;
    this.memoryMb = options.memoryMb;
    this.#home = home;
    this.#host = options.host;
    this.#clock = options.clock;
    this.begun = this.#begin.promise;
    this.done = this.#end.promise;
    // The caller may only await it after it has rejected.
    this.done.catch(() => {});
  }

  get process(): GeneratorProcess | null {
    return this.#process;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  begin(process: GeneratorProcess): void {
    this.#process = process;
    process.begin(this);
    this.#begin.resolve();
  }

  hurry(): void {
    if (this.#process === null && !this.#hasEnded) this.#host.allSaved();
    else this.#send({ type: "hurry", run: this.number });
  }

  abort(): void {
    if (this.#process !== null) this.#send({ type: "abort", run: this.number });
    else void this.terminate();
  }

  async terminate(): Promise<void> {
    this.fail(aborted());
    if (!this.#hasReturned) await this.#home.evict(this);
  }

  receive(message: FromRun, bytes: Uint8Array): void {
    if (message.type === "returned") {
      this.#hasReturned = true;
      this.#cancelGrace();
      this.#home.returned(this, message.leftover);
    } else if (!this.#hasEnded) this.#hear(message, bytes);
  }

  #hear(message: Exclude<FromRun, { type: "returned" }>, bytes: Uint8Array): void {
    switch (message.type) {
      case "part":
        void this.#answer(message.call, () => this.#host.part(bytes, message.sha256));
        break;
      case "checkpoint": {
        const { call, state, size, hash } = message;
        void this.#answer(call, () => this.#host.checkpoint(state, size, hash));
        break;
      }
      case "progress":
        this.#host.progress(message.done, message.total, message.message);
        break;
      case "alive":
        this.#host.alive();
        break;
      case "state-too-large":
        this.#host.stateTooLarge(message.sizeBytes);
        break;
      case "all-saved":
        this.#host.allSaved();
        break;
      case "end":
        if ("failure" in message) this.fail(failureFrom(message.failure));
        else this.#succeed(message.outcome);
    }
  }

  died(death: Death): void {
    this.#hasReturned = true;
    this.#cancelGrace();
    const isAlone = this.#process?.begun === 1;
    const scene = { isAlone, suspects: this.#process?.size ?? 1, isSuspect: this.job.groupSize === 1 };
    this.fail(endOfRun(death, this.number, scene, this.memoryMb));
  }

  /** Call when it exceeds its memory limit and no other run can be the cause. */
  overMemory(): void {
    this.fail(outOfMemory(this.memoryMb));
  }

  fail(error: unknown): void {
    if (this.#hasEnded) return;
    this.#settle();
    this.#end.reject(error);
  }

  #succeed(outcome: Outcome): void {
    this.#settle();
    this.#end.resolve(outcome);
  }

  async #answer(call: number, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
      this.#send({ type: "stored", run: this.number, call });
    } catch (error) {
      this.#send({ type: "refused", run: this.number, call, message: messageOf(error) });
      this.fail(error);
    }
  }

  #send(message: ToProcess): void {
    if (!this.#hasReturned) this.#process?.send(message);
  }

  #settle(): void {
    this.#hasEnded = true;
    this.#begin.resolve();
    if (this.#process === null || this.#hasReturned) return;
    this.#cancelGrace = this.#clock.after(GRACE_MS, () => void this.#home.evict(this));
  }
}
