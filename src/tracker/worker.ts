/** @module One download held by this node: from its claim to its end here. */

import type { Download, StoredFile } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { finish, release, retry } from "../download/transitions.ts";
import { CarryoutError, ENDED, isAbort, messageOf } from "../errors.ts";
import { type Executor, GeneratorsChangedError, type Outcome } from "../generator/executor.ts";
import type { Generator } from "../generator/generator.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo, Version } from "../ports/repo.ts";
import type { StoredWork } from "../ports/work.ts";
import type { Log } from "../telemetry/log.ts";
import type { Activity } from "./activity.ts";
import type { Archiver } from "./archiver.ts";
import { Attempts } from "./attempts.ts";
import { failureOf } from "./failure.ts";
import { HeldSlot, SupersededError, type Written } from "./held-slot.ts";
import { HeldWork } from "./held-work.ts";
import { removePartsBefore } from "./parts.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import { type Stop, Stopping } from "./stopping.ts";

export interface WorkerContext {
  repo: Repo;
  files: FileStore;
  executor: Executor;
  clock: Clock;
  running: RunningTime;
  log: Log;
  settings: Settings;
  archiver: Pick<Archiver, "begin">;
  activity: Pick<Activity, "began" | "ended">;
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
  /** The work of earlier holders, if it was read; in this claim's epoch if it has been taken over. */
  work?: StoredWork | null | undefined;
}

export class Worker {
  /** Resolves, never rejects, when nothing of it is running here any more. */
  readonly done: Promise<void>;
  readonly #context: WorkerContext;
  readonly #generator: Generator<unknown>;
  readonly #slot: HeldSlot;
  readonly #held: HeldWork;
  readonly #isFirst: boolean;
  readonly #log: Log;
  readonly #attempts: Attempts;
  readonly #stopping = new Stopping();

  constructor(context: WorkerContext, generator: Generator<unknown>, { isFirst, work, ...stored }: Claimed) {
    const { id, kind, node, epoch } = stored.download;
    const { running, repo, clock } = context;
    const beganAt = running.read();
    const ranMs = () => Math.round(this.#held.ranMs + running.read() - beganAt);
    this.#context = context;
    this.#generator = generator;
    this.#log = context.log.child({ download: id, kind, node, epoch });
    this.#isFirst = isFirst;
    this.#slot = new HeldSlot(repo, clock, stored, () => ({
      progress: this.#held.progress,
      checkpoints: this.#held.checkpoints,
      ranMs: ranMs(),
    }));
    const confirm = () => this.#slot.confirm();
    this.#held = new HeldWork({ work: repo.work, clock, confirm }, stored.download);
    this.#attempts = new Attempts({
      ...context,
      ...{ generator, ranMs },
      slot: this.#slot,
      held: this.#held,
      stopping: this.#stopping,
      log: this.#log,
      onWriteError: (error) => this.#onWriteError(error),
    });
    context.activity.began(stored.download);
    this.done = this.#work(work);
  }

  get id(): string {
    return this.#slot.download.id;
  }

  get key(): string {
    return this.#slot.key;
  }

  get kind(): string {
    return this.#slot.download.kind;
  }

  /** The latest record that this worker wrote. */
  get version(): Version {
    return this.#slot.version;
  }

  get epoch(): number {
    return this.#slot.download.epoch;
  }

  /** Expected milliseconds until this place is free, if such a file usually takes `usualMs`; null while unknown. */
  freeInMs(usualMs: number | null): number | null {
    return this.#attempts.leftMs(usualMs);
  }

  /** Gives the download back at its latest checkpoint, after a short wait for one more if there is unsaved work. */
  async drain(): Promise<void> {
    if (this.#stopping.reason) return this.done;
    const { clock, settings } = this.#context;
    const saved = this.#attempts.hurry();
    const enough = new AbortController();
    await Promise.race([saved, this.done, clock.sleep(settings.drainMs, enough.signal)]);
    enough.abort(ENDED);
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
    this.#stopping.stop(stop);
    this.#attempts.abort();
  }

  async #work(work: Claimed["work"]): Promise<void> {
    await null; // the constructor must finish first
    try {
      this.#stopping.throwIfStopped();
      if (!this.#isFirst) await this.#takeOver(work);
      await this.#publish(await this.#attempts.run());
    } catch (error) {
      await this.#settle(error);
    } finally {
      this.#attempts.close();
    }
  }

  /** Takes over the work of earlier holders: their writes are refused from now on. */
  async #takeOver(work: StoredWork | null | undefined): Promise<void> {
    await this.#held.take(this.#stopping.signal, work);
    this.#attempts.resume();
    const { freshSince } = this.#slot.download;
    if (freshSince > 0) await this.#tidy(() => removePartsBefore(this.#context.files, this.id, freshSince));
  }

  /** Nothing awaits a progress write or a confirmation, so its failure is handled here. */
  #onWriteError(error: unknown): void {
    if (error instanceof SupersededError) this.lose(error.removed);
    else if (!isAbort(error)) this.#log.error({ error }, "work unavailable");
  }

  async #publish(outcome: Outcome): Promise<void> {
    this.#stopping.throwIfStopped();
    const size = this.#attempts.parts.reduce((sum, part) => sum + part.size, 0);
    if (size !== outcome.size) {
      throw new CarryoutError(
        "generation-failed",
        `the stored parts have ${size} bytes, but ${outcome.size} were written`,
      );
    }
    this.#attempts.quiet();
    await this.#attempts.join(outcome);
    await this.#held.end();
    const { parts, isTidy } = this.#attempts;
    const { clock, settings } = this.#context;
    const { file: description, ...written } = outcome;
    const file: StoredFile = { ...description, ...written, parts: [...parts] };
    const keptMs = this.#generator.retentionMs ?? settings.retentionMs;
    const ready = await this.#slot.write((latest) => finish(latest, file, clock.now(), keptMs));
    this.#log.info({ sizeBytes: file.size, ranMs: ready.download.ranMs }, "file is ready");
    // Without an earlier holder, an interruption or joining, the file names all parts.
    this.#archive(ready, this.#isFirst && isTidy);
  }

  /** The result is visible. What remains to be done happens in the background, and this place is free at once. */
  #archive(finished: Written, isTidy: boolean): void {
    const { isArchived, freed } = finished;
    this.#context.activity.ended(finished.download);
    const isWorkless = isArchived || (this.#isFirst && !this.#held.isStored);
    this.#context.archiver.begin(finished, { isTidy, isWorkless, isArchived, freed });
  }

  /** Handles an attempt that did not produce a file. */
  async #settle(error: unknown): Promise<void> {
    this.#attempts.quiet(); // the outcome must be the last write
    try {
      this.#stopping.stop(null);
      await this.#attempts.end(error);
      await this.#held.end();
      if (error instanceof SupersededError) this.lose(error.removed);
      if (error instanceof GeneratorsChangedError) this.#cannotGoOn(error);
      const { reason } = this.#stopping;
      if (reason === null) await this.#failAttempt(error);
      else if (reason === "drain") await this.#giveBack();
      else await this.#leave(reason);
    } catch (second) {
      if (second instanceof SupersededError) await this.#leave(second.removed ? "removed" : "superseded");
      else this.#log.error({ error: second }, "the outcome of an attempt could not be recorded");
    }
  }

  /** Another node, or this one after a restart, makes it. */
  #cannotGoOn(error: GeneratorsChangedError): void {
    this.#log.error({ reason: error.message }, "this node can't make files any more and drains");
    this.#stopping.because("drain");
    this.#context.onChanged();
  }

  async #giveBack(): Promise<void> {
    const now = this.#context.clock.now();
    await this.#slot.write((download) => release(download, now));
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
}
