/** @module One run in a worker thread, seen from the node. */

import { once } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { Cancel, Clock } from "../clock/clock.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import type { Host, Job, Outcome, Run } from "./executor.ts";
import { failureFrom } from "./failure-message.ts";
import { aborted, generationFailed } from "./generation.ts";
import type { FromThread, ThreadTask, ToThread } from "./thread-protocol.ts";

/** How long a generator may go on after its run has ended, in milliseconds, before its thread is ended. */
const GRACE_MS = 1_000;

export interface ThreadRunOptions {
  pool: Piscina;
  job: Job;
  host: Host;
  clock: Clock;
  /** Of the pool, for the message. */
  memoryMb: number;
}

/** Begins at once, or when a thread of the pool is free. */
export class ThreadRun implements Run {
  readonly done: Promise<Outcome>;
  /** Resolves when the thread is free or gone: nothing of this run executes any more. */
  readonly gone: Promise<void>;
  readonly #end = Promise.withResolvers<Outcome>();
  readonly #kill = new AbortController();
  readonly #port: MessagePort;
  readonly #host: Host;
  readonly #clock: Clock;
  #hasEnded = false;
  #isGone = false;
  #cancelGrace: Cancel = () => {};

  constructor({ pool, job, host, clock, memoryMb }: ThreadRunOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#host = host;
    this.#clock = clock;
    this.done = this.#end.promise;
    // The caller may ask for the end later than it comes.
    this.done.catch(() => {});
    port1.on("message", (message: FromThread) => this.#receive(message));
    const closed = once(port1, "close");
    const task: ThreadTask = { type: "run", job, port: port2 };
    const released = pool.run(task, { transferList: [port2], signal: this.#kill.signal }).then(
      () => null,
      (error) => {
        // A run that never began still has its port here.
        port2.close();
        return { error };
      },
    );
    // The port closes after its last message, so an end that was sent before a crash counts.
    this.gone = Promise.all([closed, released]).then(([, crash]) => {
      this.#isGone = true;
      this.#cancelGrace();
      this.#fail(crash === null ? new Error("the thread has ended") : crashError(crash.error, memoryMb));
    });
  }

  hurry(): void {
    this.#send({ type: "hurry" });
  }

  abort(): void {
    this.#send({ type: "abort" });
  }

  async terminate(): Promise<void> {
    this.#fail(aborted());
    this.#kill.abort();
    await this.gone;
  }

  #receive(message: FromThread): void {
    if (message.type === "unfit") this.#kill.abort();
    if (this.#hasEnded) return;
    switch (message.type) {
      case "part":
        void this.#answer(message.call, () => this.#host.part(message.bytes, message.sha256));
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
        if ("failure" in message) this.#fail(failureFrom(message.failure));
        else this.#succeed(message.outcome);
    }
  }

  async #answer(call: number, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
      this.#send({ type: "stored", call });
    } catch (error) {
      this.#send({ type: "refused", call, message: messageOf(error) });
      this.#fail(error);
    }
  }

  #send(message: ToThread): void {
    if (!this.#isGone) this.#port.postMessage(message);
  }

  #succeed(outcome: Outcome): void {
    this.#settle();
    this.#end.resolve(outcome);
  }

  #fail(error: unknown): void {
    if (this.#hasEnded) return;
    this.#settle();
    this.#end.reject(error);
  }

  #settle(): void {
    this.#hasEnded = true;
    if (!this.#isGone) this.#cancelGrace = this.#clock.after(GRACE_MS, () => this.#kill.abort());
  }
}

/** Why a thread died under its generator. */
function crashError(error: unknown, memoryMb: number): CarryoutError {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (name === "AbortError") return aborted();
  if (code === "ERR_WORKER_OUT_OF_MEMORY") {
    return new CarryoutError(
      "generation-out-of-memory",
      `the generator needed more than its ${memoryMb} MiB of memory`,
      { retriable: true, details: { memoryMb }, cause: error },
    );
  }
  const exitCode = /^worker exited with code: (\d+)/.exec(messageOf(error))?.[1];
  if (exitCode === undefined) return generationFailed(error);
  return new CarryoutError(
    "generation-failed",
    `the generator ended its thread by process.exit(${exitCode})`,
    {
      retriable: true,
      cause: error,
    },
  );
}
