/** @module Gathers the writes of one kind into statements: the next takes whatever waits when the last is answered. */

import { CarryoutError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { Pauses } from "../../../ports/retry.ts";
import { limitOf, unavailable } from "../session/patience.ts";
import { ConnectionLost, kindOf, translated } from "../session/postgres-errors.ts";
import type { PostgresSession } from "../session/postgres-session.ts";

/** One transaction for more would delay those that wait behind it. */
const MOST_WRITES = 500;
const MOST_BYTES = 4 * 1024 * 1024;
/** While disconnected, whether a write has waited for too long is checked this often. */
const CHECK_MS = 500;
/** How long silence counts after the last attempt. */
const REMEMBERED_MS = 5_000;
const PAUSES = { firstMs: 5, mostMs: 250 };

/** A write to one key. The token is the same in every attempt, so that the one that was applied is recognised. */
export interface Write {
  readonly key: string;
  readonly token: string;
  /** Of its text, for the size of a statement. */
  readonly size: number;
}

export interface BatchesOptions<Item extends Write, Answer> {
  session: Pick<PostgresSession, "cutOffMs" | "connected">;
  clock: Clock;
  /** Ends every wait: the repo is closed. */
  closing: AbortSignal;
  /** Carries out writes to different keys as one statement: the answer to each token; those without were refused. */
  run(writes: readonly Item[]): Promise<ReadonlyMap<string, Answer>>;
  /** The same for writes that an earlier attempt may have applied, by what is stored now. */
  readBack(writes: readonly Item[]): Promise<ReadonlyMap<string, Answer>>;
  /** The shortest time between two statements, unless a write is urgent. Default 0: the next goes at once. */
  paceMs?: number;
}

interface Waiting<Item, Answer> {
  readonly write: Item;
  /** When it is given up. */
  readonly until: number;
  /** An attempt that got no answer may have been applied, or may still be. */
  isAmbiguous: boolean;
  /** A statement with it failed; it is tried without the others. */
  isAlone: boolean;
  resolve(answer: Answer | null): void;
  reject(error: unknown): void;
}

/**
 * A caller sees done, refused (null), or an error: `unavailable` if the outcome is unknown after 10 s, `closed`,
 * `store-unusable`. A write without an answer is repeated unchanged: its condition lets one attempt through. If the
 * repetition is refused, what is stored tells whether an earlier one was applied.
 */
export class Batches<Item extends Write, Answer> {
  readonly #options: BatchesOptions<Item, Answer>;
  #queue: Waiting<Item, Answer>[] = [];
  #isRunning = false;
  #beganAt = Number.NEGATIVE_INFINITY;
  #isUrgent = false;
  #hurry: (() => void) | null = null;
  #pauses: Pauses;
  /** Since when a statement has had no answer. */
  #silentSince: number | null = null;

  constructor(options: BatchesOptions<Item, Answer>) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock, PAUSES);
    options.closing.addEventListener("abort", () => this.#hurry?.(), { once: true });
  }

  /**
   * For how long statements have been sent and not answered, in milliseconds. 0 again when nothing waits and nothing was
   * sent for a while: a node that is sent no requests because of this would never find out that it is over.
   */
  get silentMs(): number {
    if (this.#silentSince === null) return 0;
    const now = this.#options.clock.monotonic();
    return !this.#isRunning && now - this.#beganAt > REMEMBERED_MS ? 0 : now - this.#silentSince;
  }

  ask(write: Item, { isUrgent = true } = {}): Promise<Answer | null> {
    return new Promise((resolve, reject) => {
      if (this.#options.closing.aborted) return reject(closedError());
      const { session, clock } = this.#options;
      const until = limitOf(session, clock);
      this.#queue.push({ write, until, isAmbiguous: false, isAlone: false, resolve, reject });
      if (isUrgent) {
        this.#isUrgent = true;
        this.#hurry?.();
      }
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What is asked for in this turn of the event loop goes together.
    await null;
    while (this.#queue.length > 0) {
      await this.#pace();
      if (!(await this.#standsConnected())) continue;
      const batch = this.#take();
      if (batch.length > 0) await this.#send(batch);
    }
    this.#isRunning = false;
  }

  async #pace(): Promise<void> {
    const { clock, closing, paceMs = 0 } = this.#options;
    const leftMs = this.#beganAt + paceMs - clock.monotonic();
    if (leftMs > 0 && !this.#isUrgent && !closing.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(leftMs, resolve);
      this.#hurry = resolve;
      await promise;
      this.#hurry = null;
      cancel();
    }
    this.#isUrgent = false;
  }

  /** The first writes, to different keys. */
  #take(): Waiting<Item, Answer>[] {
    const batch: Waiting<Item, Answer>[] = [];
    const left: Waiting<Item, Answer>[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    for (const waiting of this.#queue) {
      const { key, size } = waiting.write;
      const hasRoom = batch.length === 0 || (batch.length < MOST_WRITES && bytes + size <= MOST_BYTES);
      const fits = hasRoom && !keys.has(key) && !batch.some(({ isAlone }) => isAlone);
      if (fits && (batch.length === 0 || !waiting.isAlone)) {
        batch.push(waiting);
        bytes += size;
      } else {
        left.push(waiting);
      }
      // Also for one that is left: later writes to its key must not overtake it.
      keys.add(key);
    }
    this.#queue = left;
    return batch;
  }

  async #send(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    const { clock, run, readBack } = this.#options;
    let unclear = batch;
    this.#beganAt = clock.monotonic();
    this.#silentSince ??= this.#beganAt;
    try {
      const answers = await run(writesOf(batch));
      this.#answered();
      unclear = batch.filter(({ write, isAmbiguous }) => isAmbiguous && !answers.has(write.token));
      for (const waiting of batch) {
        if (!unclear.includes(waiting)) waiting.resolve(answers.get(waiting.write.token) ?? null);
      }
      if (unclear.length === 0) return;
      const found = await readBack(writesOf(unclear));
      for (const { write, resolve } of unclear) resolve(found.get(write.token) ?? null);
    } catch (error) {
      await this.#failed(unclear, error);
    }
  }

  #answered(): void {
    this.#silentSince = null;
    this.#pauses = new Pauses(this.#options.clock, PAUSES);
  }

  async #failed(batch: readonly Waiting<Item, Answer>[], error: unknown): Promise<void> {
    const { closing } = this.#options;
    if (closing.aborted) {
      for (const { reject } of batch) reject(closedError());
      return;
    }
    if (kindOf(error) !== "again") {
      this.#answered();
      // One bad value, or one row without room, fails all: each is tried without the others.
      if (batch.length === 1) batch[0]!.reject(translated(error));
      else this.#requeue(batch, (waiting) => Object.assign(waiting, { isAlone: true }));
      return;
    }
    const wasSent = error instanceof ConnectionLost && error.sent;
    this.#requeue(batch, (waiting) =>
      Object.assign(waiting, { isAmbiguous: waiting.isAmbiguous || wasSent }),
    );
    this.#expire(error);
    await this.#pauses.pass(closing);
  }

  #requeue(
    batch: readonly Waiting<Item, Answer>[],
    change: (waiting: Waiting<Item, Answer>) => Waiting<Item, Answer>,
  ): void {
    this.#queue = [...batch.map(change), ...this.#queue];
  }

  /** False if writes were given up while waiting. */
  async #standsConnected(): Promise<boolean> {
    const { session, clock, closing } = this.#options;
    if (!closing.aborted && session.cutOffMs() === null) return true;
    const over = new AbortController();
    const end = AbortSignal.any([over.signal, closing]);
    await Promise.race([clock.sleep(CHECK_MS, end), session.connected(end)]);
    over.abort();
    this.#expire(new ConnectionLost("disconnected", { sent: false }));
    return !closing.aborted && session.cutOffMs() === null;
  }

  /** Gives up the writes that have waited for too long. */
  #expire(reason: unknown): void {
    const { clock, closing } = this.#options;
    const now = clock.monotonic();
    const isOver = ({ until }: Waiting<Item, Answer>) => closing.aborted || until <= now;
    const over = this.#queue.filter(isOver);
    this.#queue = this.#queue.filter((waiting) => !over.includes(waiting));
    for (const { reject } of over) reject(closing.aborted ? closedError() : unavailable(reason));
  }
}

function writesOf<Item>(batch: readonly { write: Item }[]): Item[] {
  return batch.map(({ write }) => write);
}

function closedError(): CarryoutError {
  return new CarryoutError("closed", "this repo is closed");
}
