/** @module Runs a generator until its file is whole: stores parts, saves checkpoints, resumes after an interruption. */

import type { Part } from "../download/download.ts";
import type { Json } from "../download/json.ts";
import type { Tick } from "../download/progress.ts";
import { gained } from "../download/transitions.ts";
import { CarryoutError, ENDED, isAbort } from "../errors.ts";
import {
  type Executor,
  type Host,
  InterruptedError,
  type Outcome,
  type Run,
  StartOverError,
} from "../generator/executor.ts";
import type { Generator } from "../generator/generator.ts";
import { LARGEST_STATE_BYTES } from "../generator/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Log } from "../telemetry/log.ts";
import { Deadlines } from "./deadlines.ts";
import type { HeldSlot } from "./held-slot.ts";
import type { HeldWork } from "./held-work.ts";
import { joinedParts } from "./joining.ts";
import { newTag, type PartOwner, partKey } from "./parts.ts";
import { ProgressWriter } from "./progress-writer.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import type { Stopping } from "./stopping.ts";
import { storePart } from "./storing.ts";

export interface AttemptsContext {
  files: FileStore;
  executor: Executor;
  clock: Clock;
  running: RunningTime;
  settings: Settings;
  log: Log;
  generator: Generator<unknown>;
  slot: HeldSlot;
  held: HeldWork;
  stopping: Stopping;
  /** How long this attempt has run so far, including on other holders. */
  ranMs(): number;
  tickMs(): number;
  /** Called when progress could not be written. */
  onWriteError(error: unknown): void;
}

/** The runs of one holder: usually one, and one more after each interruption. */
export class Attempts {
  readonly #context: AttemptsContext;
  readonly #parts: Part[] = [];
  readonly #owner: PartOwner;
  readonly #progressWriter: ProgressWriter;
  readonly #deadlines: Deadlines;
  /** Not reset when the list of parts is cut back, so that no key is ever written twice. */
  #nextPart = 0;
  /** When it began here or last advanced, by `RunningTime`. */
  #advancedAt: number;
  #saving: Promise<unknown> = Promise.resolve();
  #run: Run | null = null;
  #allSaved: (() => void) | null = null;

  constructor(context: AttemptsContext) {
    const { clock, running, generator, slot, tickMs } = context;
    this.#context = context;
    const { id, epoch } = slot.download;
    this.#owner = { id, epoch, tag: newTag(clock) };
    this.#progressWriter = new ProgressWriter(clock, tickMs, (tick, etaMs) => this.#advance(tick, etaMs));
    this.#deadlines = new Deadlines(running, generator);
    this.#advancedAt = running.read();
  }

  /** All parts of the file so far, in order. */
  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** True if nothing was stored here but `parts`. */
  get isTidy(): boolean {
    return this.#nextPart === this.#parts.length;
  }

  /** Expected milliseconds until the end, if such a file usually takes `usualMs`; null while unknown. */
  leftMs(usualMs: number | null): number | null {
    const { held, running, ranMs } = this.#context;
    const { etaMs } = held.progress;
    const passedMs = running.read() - this.#advancedAt;
    const leftMs = etaMs === null ? usualMs && usualMs - ranMs() : etaMs - passedMs;
    return leftMs === null ? null : Math.max(0, Math.round(leftMs));
  }

  /** Begins with the parts that earlier holders stored. */
  resume(): void {
    this.#parts.push(...(this.#context.held.checkpoint?.parts ?? []));
    this.#nextPart = this.#parts.length;
  }

  /** An interrupted attempt is not a failure: it resumes from the checkpoint, in a smaller group. */
  async run(): Promise<Outcome> {
    const { held, stopping, log } = this.#context;
    for (let groupSize: number | undefined; ; ) {
      const isResumed = held.checkpoint !== null;
      try {
        return await this.#attempt(groupSize);
      } catch (error) {
        if (isResumed && !stopping.reason && error instanceof StartOverError) {
          await this.#startOver(error);
          continue;
        }
        if (stopping.reason || !(error instanceof InterruptedError)) throw error;
        groupSize = error.groupSize;
        log.warn({ reason: error.message, groupSize }, "generation interrupted; resumes from its checkpoint");
        await this.#rewind();
      }
    }
  }

  /** Joins the parts of the whole file to one, if the store delivers files by itself. */
  async join({ size, sha256 }: Pick<Outcome, "size" | "sha256">): Promise<void> {
    const { files, stopping, log } = this.#context;
    const { direct } = files;
    if (!direct || this.#parts.length < 2) return;
    const whole = { key: partKey(this.#owner, this.#nextPart++), size, sha256 };
    const parts = await joinedParts({ direct, log }, this.#parts, whole, stopping.signal);
    stopping.throwIfStopped();
    this.#parts.splice(0, this.#parts.length, ...parts);
  }

  /** Asks the generator for a checkpoint soon; resolves when everything written so far has been saved. */
  hurry(): Promise<void> {
    const saved = new Promise<void>((resolve) => {
      this.#allSaved = resolve;
    });
    this.#run?.hurry();
    return saved;
  }

  abort(): void {
    this.#run?.abort();
  }

  /** Writes no more progress. */
  quiet(): void {
    this.#progressWriter.close();
  }

  /** Ends what runs after the attempt failed with this error: it must not go on once the record has another state. */
  async end(error: unknown): Promise<void> {
    const { stopping, log } = this.#context;
    const run = this.#run;
    if (!run) return;
    run.abort();
    // A process whose generator heeds the signal stays warm.
    const ending = this.#ended(run).then(() => run.terminate());
    if (stopping.reason !== "drain") return ending;
    ending.catch((error) => log.warn({ error }, "a generator process did not exit"));
    if (!isAbort(error)) log.debug({ error }, "the attempt ended while draining");
  }

  close(): void {
    this.#progressWriter.close();
    this.#deadlines.close();
  }

  async #attempt(groupSize: number | undefined): Promise<Outcome> {
    const { executor, slot, held, stopping, log } = this.#context;
    const { download } = slot;
    const { checkpoint } = held;
    log.info({ resumedBytes: checkpoint?.size ?? 0 }, "generation started");
    const run = executor.start(
      {
        downloadId: download.id,
        kind: download.kind,
        params: download.params,
        requestedAt: download.requestedAt,
        resume: checkpoint && { state: checkpoint.state, size: checkpoint.size, hash: checkpoint.hash },
        ...(groupSize !== undefined && { groupSize }),
      },
      this.#host(),
    );
    this.#run = run;
    if (stopping.reason) run.abort();
    run.done.catch(() => undefined); // awaited in the race below, which may be over by then
    return Promise.race([run.done, this.#overtime(run), this.#givenUp(run)]);
  }

  /** Returns to where the next attempt starts: parts stored after that are leftovers. */
  async #rewind(): Promise<void> {
    await this.#saving;
    this.#parts.splice(0, this.#parts.length, ...(this.#context.held.checkpoint?.parts ?? []));
  }

  /** What its checkpoint relies on has changed, which is not a failure: the file starts over. */
  async #startOver(error: StartOverError): Promise<void> {
    const { held, log, ranMs } = this.#context;
    log.warn({ reason: error.message }, "the checkpoint can't be used; starting again");
    await this.#saving;
    await held.startOver(ranMs());
    this.#parts.length = 0;
  }

  /** Rejects when a deadline has passed. Waiting for a process does not count as the generator's time. */
  async #overtime(run: Run): Promise<never> {
    const ranMs = this.#context.ranMs();
    await run.begun;
    return this.#deadlines.begin(ranMs);
  }

  /**
   * Rejects a while after the run was stopped; a drain does not wait, as nothing that the run still sends is processed.
   */
  async #givenUp(run: Run): Promise<never> {
    const { stopping } = this.#context;
    await stopping.stopped;
    if (stopping.reason !== "drain") await this.#ended(run);
    throw new CarryoutError("aborted", "generation was stopped");
  }

  /** Resolves when an aborted run has ended, or its time to clean up has passed. */
  async #ended(run: Run): Promise<void> {
    const { clock, settings } = this.#context;
    const enough = new AbortController();
    await Promise.race([run.done.catch(() => undefined), clock.sleep(settings.abortMs, enough.signal)]);
    enough.abort(ENDED);
  }

  #host(): Host {
    const { stopping, log } = this.#context;
    return {
      part: (bytes, sha256) => this.#deadlines.waiting(() => this.#storePart(bytes, sha256)),
      checkpoint: (state, size, hash) =>
        this.#deadlines.waiting(() => {
          const saving = this.#saveCheckpoint(state, size, hash);
          this.#saving = saving.catch(() => undefined);
          return saving;
        }),
      progress: (done, total, message) => {
        this.#deadlines.alive();
        if (!stopping.reason) this.#progressWriter.put({ done, total, message });
      },
      alive: () => this.#deadlines.alive(),
      stateTooLarge: (sizeBytes) =>
        log.warn(
          { sizeBytes, limitBytes: LARGEST_STATE_BYTES },
          "checkpoint state too large; keeping the last saved one",
        ),
      allSaved: () => this.#allSaved?.(),
    };
  }

  async #storePart(bytes: Uint8Array, sha256: string): Promise<void> {
    const { files, clock, log, stopping } = this.#context;
    const key = partKey(this.#owner, this.#nextPart);
    this.#nextPart += 1;
    this.#parts.push({ key, size: bytes.byteLength, sha256 });
    stopping.throwIfStopped();
    await storePart({ files, clock, log }, key, bytes, sha256, stopping.signal);
  }

  async #saveCheckpoint(state: Json, size: number, hash: string): Promise<void> {
    const { held, slot, stopping, ranMs } = this.#context;
    stopping.throwIfStopped();
    const hasGained = size > (held.checkpoint?.size ?? 0);
    const parts = [...this.#parts];
    await held.save({ state, parts, size, hash }, ranMs());
    // It gained bytes, so the deaths of earlier holders no longer count against it.
    if (hasGained && slot.download.handovers > 0) await slot.write(gained);
    this.#allSaved?.();
  }

  #advance(tick: Tick, etaMs: number | null): Promise<unknown> {
    const { held, running, ranMs, onWriteError } = this.#context;
    this.#advancedAt = running.read();
    return held.advance(tick, etaMs, ranMs()).catch(onWriteError);
  }
}
