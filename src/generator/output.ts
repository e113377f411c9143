/** @module The bytes of a run: splits a generator's output into parts, and saves checkpoints over them. */

import { hash } from "node:crypto";
import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { bytesOf, type Chunk } from "./chunk.ts";
import type { Host, Job, Written } from "./executor.ts";
import { FileHash } from "./file-hash.ts";
import { PartBuffer } from "./part-buffer.ts";
import { ProgressThrottle } from "./progress-throttle.ts";
import { SavePace } from "./save-pace.ts";
import { StateTexts } from "./state-texts.ts";

/**
 * Parts grow with the file, so that a small one is stored early and a large one has hundreds of parts, not millions:
 * to a 64th of it up to 8 MiB, which keeps memory low, and beyond 8 GiB to a 1024th, which keeps the list of parts short.
 */
const SMALLEST_PART = 256 * 1024;
const USUAL_PART = 8 * 1024 * 1024;
const LARGEST_PART = 16 * 1024 * 1024;
const PARTS_PER_FILE = 64;
const PARTS_PER_HUGE_FILE = 1_024;
const PARTS_UNDER_WAY = 2;
/** How long a generator that never yields may keep the event loop from aborts and timers, in milliseconds. */
const SLICE_MS = 16;

const NOTHING = new Uint8Array(0);

export interface OutputOptions {
  resume: Job["resume"];
  host: Host;
  clock: Clock;
  /** Minimum milliseconds between saved checkpoints; 0 saves each one. */
  checkpointMs: number;
  /** Called once, when the host fails or an error in the generator's code ends it. */
  onFailure: (error: unknown) => void;
}

/**
 * Calls take effect in the order in which they were made, even if the generator does not await them. Memory: one part
 * being filled and two being stored, so three parts (24 MiB for files up to 8 GiB, then up to 48 MiB) and the current chunk. After a
 * failure every call fails with it. Needs `loadFileHash()`.
 */
export class Output {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  readonly #hash: FileHash;
  readonly #throttle: ProgressThrottle;
  readonly #pace: SavePace;
  readonly #states: StateTexts;
  readonly #buffer = new PartBuffer();
  /** Bytes given to the host. */
  #size: number;
  #underWay = 0;
  #yieldedAt: number;
  /** Number of writes and checkpoints called, and of those that the last saved checkpoint covers. */
  #calls = 0;
  #callsSaved = 0;
  /** Calls that have not finished. */
  #unsettled = 0;
  #isFinishing = false;
  #failure: { error: unknown } | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: OutputOptions) {
    this.#host = options.host;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
    this.#hash = new FileHash(options.resume?.hash ?? null);
    this.#throttle = new ProgressThrottle(options.host, options.clock);
    this.#size = options.resume?.size ?? 0;
    this.#pace = new SavePace(options.clock, options.checkpointMs);
    this.#states = new StateTexts(options.clock, (sizeBytes) => {
      if (this.#failure === null) this.#host.stateTooLarge(sizeBytes);
    });
    this.#yieldedAt = options.clock.monotonic();
  }

  /** The error that ended it, or null while it can be used. */
  get failure(): { error: unknown } | null {
    return this.#failure;
  }

  /**
   * Appends bytes as they are at the time of the call: the caller may reuse its buffer at once. Resolves when less than
   * three parts wait for storage. A chunk of a wrong type ends the run with a `TypeError`, even if not awaited.
   */
  write(chunk: Chunk): Promise<void> {
    if (this.#isFinishing) return rejected(ended());
    let bytes: Uint8Array;
    try {
      bytes = bytesOf(chunk);
    } catch (error) {
      return this.#endBy(error);
    }
    this.#calls += 1;
    const rest = this.#takeWhatFits(bytes);
    // Bytes encoded from text are not shared with anyone.
    const kept = typeof chunk === "string" || rest.length === 0 ? rest : rest.slice();
    return this.#inOrder(() => this.#append(kept));
  }

  /** Cheap at any rate. Ignored after the end. */
  progress(done: unknown, total?: unknown, message?: unknown): void {
    if (this.#failure === null && !this.#isFinishing) this.#throttle.progress(done, total, message);
  }

  /**
   * Saves if due or hurried (`SavePace`), after all bytes before it are durable; otherwise returns at once. A state
   * that is not JSON ends the run with a `TypeError`. The first one that is too large is reported to the host; none of
   * them is saved.
   */
  checkpoint(state: Json): Promise<void> {
    if (this.#isFinishing) return rejected(ended());
    let text: string | null;
    try {
      text = this.#states.take(state, this.#pace.isDue);
    } catch (error) {
      return this.#endBy(error);
    }
    this.#calls += 1;
    const calls = this.#calls;
    return this.#inOrder(async () => {
      this.#throttle.alive();
      if (text === null || !this.#pace.isDue) return this.#yieldWhenDue();
      const saved = JSON.parse(text) as Json;
      const startedAt = this.#clock.monotonic();
      await this.#cut();
      await this.#until(() => this.#underWay === 0);
      this.#throttle.flush();
      this.#pace.begins();
      this.#track(() => this.#host.checkpoint(saved, this.#size, this.#hash.save()));
      await this.#until(() => this.#underWay === 0);
      this.#pace.ended(startedAt);
      this.#callsSaved = calls;
    });
  }

  /** Makes the next checkpoint due immediately. Notifies the host if there is nothing to save. */
  hurry(): void {
    this.#pace.hurry();
    const isAllSaved = this.#calls === this.#callsSaved && !this.#isFinishing;
    if (isAllSaved && this.#failure === null) this.#host.allSaved();
  }

  /** Accepts no more, and stores the rest: resolves when every byte is durable. An empty file has no parts. */
  finish(): Promise<Written> {
    this.#isFinishing = true;
    return this.#inOrder(async () => {
      await this.#cut();
      await this.#until(() => this.#underWay === 0);
      this.#throttle.flush();
      return { size: this.#size, sha256: this.#hash.digest() };
    });
  }

  /** Ends it: pending and later calls fail with this error, and the host is not called any more. */
  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#throttle.stop();
    this.#wake();
  }

  #inOrder<Result>(step: () => Promise<Result>): Promise<Result> {
    this.#unsettled += 1;
    const result = this.#last.then(() => {
      this.#check();
      return step();
    });
    const settled = () => {
      this.#unsettled -= 1;
    };
    // A call that is not awaited must not end the process: `finish` fails with the same error.
    this.#last = result.then(settled, settled);
    return result;
  }

  /** An error in the generator's code: without it the file would look complete but lack the rejected data. */
  #endBy(mistake: unknown): Promise<never> {
    const isFirst = this.#failure === null;
    this.fail(mistake);
    if (isFirst) this.#onFailure(mistake);
    return rejected(this.#failure?.error);
  }

  /** Appends as much as fits into the current part, if no call is ahead of this one. Returns the rest. */
  #takeWhatFits(bytes: Uint8Array): Uint8Array {
    if (this.#unsettled > 0 || this.#failure !== null) return bytes;
    const room = this.#partSize() - this.#buffer.size;
    if (bytes.length <= room) {
      this.#buffer.append(bytes);
      return NOTHING;
    }
    this.#buffer.append(bytes.subarray(0, room));
    return bytes.subarray(room);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#throttle.alive();
    for (let rest = bytes; ; ) {
      if (this.#buffer.size >= this.#partSize()) await this.#cut();
      if (rest.length === 0) break;
      const room = this.#partSize() - this.#buffer.size;
      this.#buffer.append(rest.subarray(0, room));
      rest = rest.subarray(room);
    }
    await this.#yieldWhenDue();
  }

  #partSize(): number {
    const size = Math.max(
      Math.min(this.#size / PARTS_PER_FILE, USUAL_PART),
      this.#size / PARTS_PER_HUGE_FILE,
    );
    return Math.floor(Math.min(LARGEST_PART, Math.max(SMALLEST_PART, size)));
  }

  /** Passes the bytes so far to the host, as soon as it can accept another part. */
  async #cut(): Promise<void> {
    if (this.#buffer.size === 0) return;
    await this.#until(() => this.#underWay < PARTS_UNDER_WAY);
    const bytes = this.#buffer.take();
    this.#size += bytes.length;
    this.#hash.update(bytes);
    const sha256 = hash("sha256", bytes, "hex");
    this.#track(async () => {
      await this.#host.part(bytes, sha256);
      this.#buffer.giveBack(bytes);
    });
  }

  async #track(call: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    try {
      await call();
      this.#underWay -= 1;
      this.#wake();
    } catch (error) {
      if (this.#failure !== null) return;
      this.fail(error);
      this.#onFailure(error);
    }
  }

  /** Waits for the host. Calls are ordered, so at most one waits. */
  async #until(isReached: () => boolean): Promise<void> {
    this.#check();
    while (!isReached()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#yieldedAt = this.#clock.monotonic();
      this.#check();
    }
  }

  async #yieldWhenDue(): Promise<void> {
    if (this.#clock.monotonic() - this.#yieldedAt < SLICE_MS) return;
    await this.#clock.sleep(0);
    this.#yieldedAt = this.#clock.monotonic();
    this.#check();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/** The error for code that a generator left running. */
function ended(): CarryoutError {
  return new CarryoutError("aborted", "generation has ended");
}

/** An unhandled rejection of it must not end the process. */
function rejected(error: unknown): Promise<never> {
  const rejection = Promise.reject(error);
  rejection.catch(() => {});
  return rejection;
}
