/** @module Makes one file on this node: runs the generator, stores parts, saves checkpoints, publishes. */

import type { Download, Part, StoredFile } from "../download/download.ts";
import type { Json } from "../download/json.ts";
import { downloadKey } from "../download/key.ts";
import type { Tick } from "../download/progress.ts";
import { finish, gained, release, retry } from "../download/transitions.ts";
import { CarryoutError, isAbort, messageOf } from "../errors.ts";
import {
  type Executor,
  GeneratorsChangedError,
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
import type { Repo, Stored, Version } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { Archiver } from "./archiver.ts";
import { Deadlines } from "./deadlines.ts";
import { failureOf } from "./failure.ts";
import { HeldSlot, SupersededError } from "./held-slot.ts";
import { HeldWork } from "./held-work.ts";
import { partKey, removePartsBefore } from "./parts.ts";
import { ProgressWriter } from "./progress-writer.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import { storePart } from "./storing.ts";

export interface WorkerContext {
  repo: Repo;
  files: FileStore;
  executor: Executor;
  clock: Clock;
  running: RunningTime;
  log: Log;
  settings: Settings;
  archiver: Pick<Archiver, "begin">;
  /** Called when this node must stop making files because its generators' code has changed. */
  onChanged(): void;
  /** Least time between two progress writes now: grows with the number of running downloads. */
  tickMs(): number;
}

/** What a worker starts with. */
export interface Claimed {
  download: Download;
  version: Version;
  /** True if it was never held before, not even by this node: there is no work to take over. */
  isFirst: boolean;
}

/** Why a run was stopped. */
type Stop = "drain" | "superseded" | "removed";

/** One download held by this node, from its claim to its end here. */
export class Worker {
  /** Resolves, never rejects, when nothing of it is running here any more. */
  readonly done: Promise<void>;
  readonly #context: WorkerContext;
  readonly #generator: Generator<unknown>;
  readonly #slot: HeldSlot;
  readonly #held: HeldWork;
  readonly #isFirst: boolean;
  readonly #log: Log;
  readonly #parts: Part[] = [];
  readonly #progressWriter: ProgressWriter;
  readonly #deadlines: Deadlines;
  /** How long this attempt has run so far, including on other holders. */
  readonly #ranMs: () => number;
  readonly #stopping = new AbortController();
  /** Not reset when the list of parts is cut back, so that no key is ever written twice. */
  #nextPart = 0;
  #saving: Promise<unknown> = Promise.resolve();
  #run: Run | null = null;
  #stop: Stop | null = null;
  #allSaved: (() => void) | null = null;

  constructor(context: WorkerContext, generator: Generator<unknown>, { isFirst, ...stored }: Claimed) {
    const { id, kind, node, epoch } = stored.download;
    const { running, repo, clock } = context;
    const beganAt = running.read();
    this.#context = context;
    this.#generator = generator;
    this.#log = context.log.child({ download: id, kind, node, epoch });
    this.#isFirst = isFirst;
    const latest = () => ({ progress: this.#held.progress, ranMs: this.#ranMs() });
    this.#slot = new HeldSlot(repo.slots, clock, stored, latest);
    const confirm = () => this.#slot.confirm();
    this.#held = new HeldWork({ work: repo.work, clock, confirm }, stored.download);
    this.#ranMs = () => Math.round(this.#held.ranMs + running.read() - beganAt);
    this.#progressWriter = new ProgressWriter(context.clock, context.tickMs, (tick, etaMs) =>
      this.#advance(tick, etaMs),
    );
    this.#deadlines = new Deadlines(running, generator);
    this.done = this.#work();
  }

  get id(): string {
    return this.#slot.download.id;
  }

  get key(): string {
    return this.#slot.key;
  }

  /** The latest record that this worker wrote. */
  get version(): Version {
    return this.#slot.version;
  }

  get epoch(): number {
    return this.#slot.download.epoch;
  }

  /** Gives the download back at its latest checkpoint, after a short wait for one more if there is unsaved work. */
  async drain(): Promise<void> {
    if (this.#stop) return this.done;
    const { clock, settings } = this.#context;
    const saved = new Promise<void>((resolve) => {
      this.#allSaved = resolve;
    });
    this.#run?.hurry();
    const enough = new AbortController();
    await Promise.race([saved, this.done, clock.sleep(settings.drainMs, enough.signal)]);
    enough.abort();
    this.#halt("drain");
    return this.done;
  }

  /** Checks whether it is still ours, in case a change was missed. */
  async confirm(): Promise<void> {
    await this.#slot.confirm().catch((error) => this.#onWriteError(error));
  }

  /** Another node holds it, or its user removed it: stops at once and writes nothing more. */
  lose(removed: boolean): void {
    this.#slot.lose(removed);
    this.#halt(removed ? "removed" : "superseded");
  }

  #halt(stop: Stop): void {
    this.#stop ??= stop;
    this.#stopping.abort();
    this.#run?.abort();
  }

  async #work(): Promise<void> {
    await null; // the constructor must finish first
    try {
      if (this.#stop) throw new CarryoutError("aborted", "stopped before it began");
      if (!this.#isFirst) await this.#takeOver();
      const outcome = await this.#generate();
      await this.#publish(outcome);
    } catch (error) {
      await this.#settle(error);
    } finally {
      this.#progressWriter.close();
      this.#deadlines.close();
    }
  }

  /** Takes over the work of earlier holders: their writes are refused from now on. */
  async #takeOver(): Promise<void> {
    await this.#held.take(this.#stopping.signal);
    this.#parts.push(...(this.#held.checkpoint?.parts ?? []));
    this.#nextPart = this.#parts.length;
    const { freshSince } = this.#slot.download;
    if (freshSince > 0) await this.#tidy(() => removePartsBefore(this.#context.files, this.id, freshSince));
  }

  /** An interrupted attempt is not a failure: it resumes from the checkpoint, in a smaller group. */
  async #generate(): Promise<Outcome> {
    for (let groupSize: number | undefined; ; ) {
      const isResumed = this.#held.checkpoint !== null;
      try {
        return await this.#attempt(groupSize);
      } catch (error) {
        if (isResumed && !this.#stop && error instanceof StartOverError) {
          await this.#startOver(error);
          continue;
        }
        if (this.#stop || !(error instanceof InterruptedError)) throw error;
        groupSize = error.groupSize;
        this.#log.warn(
          { reason: error.message, groupSize },
          "generation interrupted; resumes from its checkpoint",
        );
        await this.#rewind();
      }
    }
  }

  async #attempt(groupSize: number | undefined): Promise<Outcome> {
    const { download } = this.#slot;
    const { checkpoint } = this.#held;
    this.#log.info({ resumedBytes: checkpoint?.size ?? 0 }, "generation started");
    const run = this.#context.executor.start(
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
    if (this.#stop) run.abort();
    run.done.catch(() => undefined); // awaited in the race below, which may be over by then
    return Promise.race([run.done, this.#overtime(run), this.#givenUp(run)]);
  }

  /** Returns to where the next attempt starts: parts stored after that are leftovers. */
  async #rewind(): Promise<void> {
    await this.#saving;
    this.#parts.splice(0, this.#parts.length, ...(this.#held.checkpoint?.parts ?? []));
  }

  /** What its checkpoint relies on has changed, which is not a failure: the file starts over. */
  async #startOver(error: StartOverError): Promise<void> {
    this.#log.warn({ reason: error.message }, "the checkpoint can't be used; starting again");
    await this.#saving;
    await this.#held.startOver(this.#ranMs());
    this.#parts.length = 0;
  }

  /** Rejects when a deadline has passed. Waiting for a process does not count as the generator's time. */
  async #overtime(run: Run): Promise<never> {
    const ranMs = this.#ranMs();
    await run.begun;
    return this.#deadlines.begin(ranMs);
  }

  /**
   * Rejects a while after the run was stopped; a drain does not wait, as nothing that the run still sends is processed.
   */
  async #givenUp(run: Run): Promise<never> {
    await aborted(this.#stopping.signal);
    if (this.#stop !== "drain") await this.#ended(run);
    throw new CarryoutError("aborted", "generation was stopped");
  }

  /** Resolves when an aborted run has ended, or its time to clean up has passed. */
  async #ended(run: Run): Promise<void> {
    const { clock, settings } = this.#context;
    const enough = new AbortController();
    await Promise.race([run.done.catch(() => undefined), clock.sleep(settings.abortMs, enough.signal)]);
    enough.abort();
  }

  #host(): Host {
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
        if (!this.#stop) this.#progressWriter.put({ done, total, message });
      },
      alive: () => this.#deadlines.alive(),
      stateTooLarge: (sizeBytes) =>
        this.#log.warn(
          { sizeBytes, limitBytes: LARGEST_STATE_BYTES },
          "checkpoint state too large; keeping the last saved one",
        ),
      allSaved: () => this.#allSaved?.(),
    };
  }

  async #storePart(bytes: Uint8Array, sha256: string): Promise<void> {
    const key = partKey(this.id, this.epoch, this.#nextPart);
    this.#nextPart += 1;
    this.#parts.push({ key, size: bytes.byteLength, sha256 });
    this.#throwIfStopped();
    const { files, clock } = this.#context;
    await storePart({ files, clock, log: this.#log }, key, bytes, this.#stopping.signal);
  }

  async #saveCheckpoint(state: Json, size: number, hash: string): Promise<void> {
    this.#throwIfStopped();
    const hasGained = size > (this.#held.checkpoint?.size ?? 0);
    const parts = [...this.#parts];
    await this.#held.save({ state, parts, size, hash }, this.#ranMs());
    // It gained bytes, so the deaths of earlier holders no longer count against it.
    if (hasGained && this.#slot.download.handovers > 0) await this.#slot.write(gained);
    this.#allSaved?.();
  }

  #advance(tick: Tick, etaMs: number | null): Promise<unknown> {
    return this.#held.advance(tick, etaMs, this.#ranMs()).catch((error) => this.#onWriteError(error));
  }

  /** Nothing awaits a progress write or a confirmation, so its failure is handled here. */
  #onWriteError(error: unknown): void {
    if (error instanceof SupersededError) this.lose(error.removed);
    else if (!isAbort(error)) this.#log.error({ error }, "work unavailable");
  }

  async #publish(outcome: Outcome): Promise<void> {
    this.#throwIfStopped();
    const size = this.#parts.reduce((sum, part) => sum + part.size, 0);
    if (size !== outcome.size) {
      throw new CarryoutError(
        "generation-failed",
        `the stored parts have ${size} bytes, but ${outcome.size} were written`,
      );
    }
    this.#progressWriter.close();
    await this.#held.end();
    const { clock, settings } = this.#context;
    const { file: description, ...written } = outcome;
    const file: StoredFile = { ...description, ...written, parts: this.#parts };
    const keptMs = this.#generator.retentionMs ?? settings.retentionMs;
    const ready = await this.#slot.write((latest) => finish(latest, file, clock.now(), keptMs));
    this.#log.info({ sizeBytes: file.size, ranMs: ready.download.ranMs }, "file is ready");
    // Without an earlier holder or an interruption, the file names all parts.
    this.#archive(ready, this.#isFirst && this.#nextPart === this.#parts.length);
  }

  /** The result is visible in the slot. It moves to the history in the background, and this place is free at once. */
  #archive(finished: Stored, isTidy: boolean): void {
    this.#context.archiver.begin(finished, { isTidy, isWorkless: this.#isFirst && !this.#held.isStored });
  }

  /** Handles an attempt that did not produce a file. */
  async #settle(error: unknown): Promise<void> {
    this.#progressWriter.close(); // the outcome must be the last write
    try {
      await this.#endRun(error);
      await this.#held.end();
      if (error instanceof SupersededError) this.lose(error.removed);
      if (error instanceof GeneratorsChangedError) this.#cannotGoOn(error);
      if (this.#stop === null) await this.#failAttempt(error);
      else if (this.#stop === "drain") await this.#giveBack();
      else await this.#leave(this.#stop);
    } catch (second) {
      if (second instanceof SupersededError) await this.#leave(second.removed ? "removed" : "superseded");
      else this.#log.error({ error: second }, "the outcome of an attempt could not be recorded");
    }
  }

  /** The generator must not continue once the record shows another state. */
  async #endRun(error: unknown): Promise<void> {
    this.#stopping.abort();
    const run = this.#run;
    if (!run) return;
    run.abort();
    // A process whose generator heeds the signal stays warm.
    const ending = this.#ended(run).then(() => run.terminate());
    if (this.#stop !== "drain") return ending;
    ending.catch((error) => this.#log.warn({ error }, "a generator process did not exit"));
    if (!isAbort(error)) this.#log.debug({ error }, "the attempt ended while draining");
  }

  /** Another node, or this one after a restart, makes it. */
  #cannotGoOn(error: GeneratorsChangedError): void {
    this.#log.error({ reason: error.message }, "this node can't make files any more and drains");
    this.#stop ??= "drain";
    this.#context.onChanged();
  }

  async #giveBack(): Promise<void> {
    await this.#slot.write(release);
    this.#log.info({ keptBytes: this.#held.checkpoint?.size ?? 0 }, "download handed over");
  }

  async #failAttempt(error: unknown): Promise<void> {
    const failure = failureOf(error, this.id);
    const { clock, settings } = this.#context;
    const { maxFailures } = this.#generator;
    const stored = await this.#slot.write((download) =>
      retry(download, failure, maxFailures, clock.now(), clock.random(), settings),
    );
    const after = stored.download;
    const text = after.state === "error" ? "download failed" : "attempt failed; will retry";
    this.#log.warn({ code: failure.code, reason: messageOf(error), failures: after.failures, error }, text);
    if (after.state === "error") this.#archive(stored, false);
  }

  async #leave(stop: Stop): Promise<void> {
    this.#log.info(
      {},
      stop === "removed" ? "download removed; generation stopped" : "another node took over",
    );
    if (stop === "removed") await this.#tidy(() => this.#removeBytes());
  }

  /** Keeps the bytes if it finished without our knowledge: then the history has its file. */
  async #removeBytes(): Promise<void> {
    const { repo, files } = this.#context;
    const { user, id } = this.#slot.download;
    if ((await repo.history.fetch(downloadKey(user, id))) === null) await files.remove(`${id}/`);
  }

  /** The slot already has the outcome, so a failure to remove bytes doesn't change it. */
  async #tidy(remove: () => Promise<void>): Promise<void> {
    await remove().catch((error) => {
      this.#log.warn({ error }, "leftover parts remain until the next sweep");
    });
  }

  #throwIfStopped(): void {
    if (this.#stop) throw new CarryoutError("aborted", "generation was stopped");
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
