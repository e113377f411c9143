/** @module The byte side of a run: cuts what a generator writes into parts, and saves checkpoints over them. */

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

/** Parts grow with the file, so that a small one is stored early and a large one has hundreds of parts, not millions. */
const SMALLEST_PART = 256 * 1024;
const LARGEST_PART = 16 * 1024 * 1024;
const PARTS_PER_FILE = 64;
const PARTS_UNDER_WAY = 2;
/** How long a generator that never really waits may keep the loop from aborts and timers, in milliseconds. */
const SLICE_MS = 16;

const NOTHING = new Uint8Array(0);

export interface OutputOptions {
  resume: Job["resume"];
  host: Host;
  clock: Clock;
  /** Least milliseconds from one saved checkpoint to the next save; 0 saves each. */
  checkpointMs: number;
  /** Called once, when the host fails or a mistake of the generator's code ends it. */
  onFailure: (error: unknown) => void;
}

/**
 * Calls take effect in the order in which they were made, also when the generator does not wait for them. Memory:
 * one part being filled and two under way, so three parts (48 MiB when the file is beyond 1 GiB) and the chunk at
 * hand. After a failure every call fails with it. Needs `loadFileHash()`.
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
  /** Writes and checkpoints that were called for, and those that the last saved checkpoint covers. */
  #calls = 0;
  #callsSaved = 0;
  /** Calls whose turn has not ended. */
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

  /** What ended it, or null while it can be used. */
  get failure(): { error: unknown } | null {
    return this.#failure;
  }

  /**
   * Adds bytes as they are at the call: their owner may use its buffer again at once. Resolves when less than three
   * parts wait for storage. A chunk of a wrong type ends the run with a `TypeError`, also if nobody waits for the call.
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
    // Of text the bytes are nobody else's.
    const kept = typeof chunk === "string" || rest.length === 0 ? rest : rest.slice();
    return this.#inOrder(() => this.#append(kept));
  }

  /** Cheap at any rate. Ignored after the end. */
  progress(done: unknown, total?: unknown, message?: unknown): void {
    if (this.#failure === null && !this.#isFinishing) this.#throttle.progress(done, total, message);
  }

  /**
   * Saves when it is due or hurried (`SavePace`), after all bytes before it are durable; else returns at once. A state
   * that is no JSON ends the run with a `TypeError`. One that is too large is told to the host, the first time, and not
   * saved.
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

  /** Lets the next checkpoint be saved, whenever the last one was. Tells the host when there is nothing to save. */
  hurry(): void {
    this.#pace.hurry();
    const isAllSaved = this.#calls === this.#callsSaved && !this.#isFinishing;
    if (isAllSaved && this.#failure === null) this.#host.allSaved();
  }

  /** Takes no more, and stores the rest: resolves when every byte is durable. A file without bytes has no parts. */
  finish(): Promise<Written> {
    this.#isFinishing = true;
    return this.#inOrder(async () => {
      await this.#cut();
      await this.#until(() => this.#underWay === 0);
      this.#throttle.flush();
      return { size: this.#size, sha256: this.#hash.digest() };
    });
  }

  /** Ends it: what is waited for and all later calls fail with this error, and the host is called no more. */
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
    // A call that nobody waits for must not end the process: `finish` fails with the same error.
    this.#last = result.then(settled, settled);
    return result;
  }

  /** A mistake of the generator's code: a file that lacks what could not be taken would look complete. */
  #endBy(mistake: unknown): Promise<never> {
    const isFirst = this.#failure === null;
    this.fail(mistake);
    if (isFirst) this.#onFailure(mistake);
    return rejected(this.#failure?.error);
  }

  /** Takes what the part at hand has room for, if no call is before this one. What is left over. */
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
    return Math.min(LARGEST_PART, Math.max(SMALLEST_PART, Math.floor(this.#size / PARTS_PER_FILE)));
  }

  /** Hands the bytes so far to the host, as soon as it has room for one more part. */
  async #cut(): Promise<void> {
    if (this.#buffer.size === 0) return;
    await this.#until(() => this.#underWay < PARTS_UNDER_WAY);
    const bytes = this.#buffer.take();
    this.#size += bytes.length;
    this.#hash.update(bytes);
    const sha256 = hash("sha256", bytes, "hex");
    this.#track(() => this.#host.part(bytes, sha256));
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

  /** Waits for the host. Calls are in order, so there is never a second one that waits. */
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

/** For what a generator left behind. */
function ended(): CarryoutError {
  return new CarryoutError("aborted", "generation has ended");
}

/** Nobody may be waiting for it, and that must not end the process. */
function rejected(error: unknown): Promise<never> {
  const rejection = Promise.reject(error);
  rejection.catch(() => {});
  return rejection;
}
