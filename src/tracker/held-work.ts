/** @module A holder's work on a download: taken over from earlier holders, then written by this one alone. */

import type { Checkpoint, Checkpoints, Download, Progress } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { furthest, startingAgain, type Tick } from "../download/progress.ts";
import {
  advanced,
  type Mark,
  type Resumed,
  resumed,
  type Saved,
  takenMark,
  takenSaved,
} from "../download/work.ts";
import { isCarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Version } from "../ports/repo.ts";
import { isOfLaterVersion } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";
import type { StoredWork, Work } from "../ports/work.ts";
import { HeldPart } from "./held-part.ts";
import { SupersededError, WRITE_PAUSES } from "./held-slot.ts";

export interface HeldWorkContext {
  work: Work;
  clock: Clock;
  /** Throws `SupersededError` unless the slot is still ours. */
  confirm(): Promise<void>;
}

/** Ticks and checkpoints are written independently of one another. */
export class HeldWork {
  readonly #context: HeldWorkContext;
  readonly #download: Download;
  readonly #key: string;
  readonly #mark: HeldPart<Mark>;
  readonly #saved: HeldPart<Saved>;
  /** What the next attempt resumes from. */
  #checkpoint: Checkpoint | null = null;
  /** How long the attempt had run when this holder began. */
  #ranMs: number;

  constructor(context: HeldWorkContext, download: Download) {
    const { work, clock, confirm } = context;
    this.#context = context;
    this.#download = download;
    this.#key = downloadKey(download.user, download.id);
    const key = this.#key;
    const fresh = resumed(download, null, null);
    this.#ranMs = fresh.ranMs;
    const markPort = {
      read: async () => (await work.fetch(key)).mark,
      write: (mark: Mark, version: Version | null) => work.advance(key, mark, version),
      merged: (stored: Mark, mine: Mark) => ({
        ...mine,
        progress: furthest(stored.progress, mine.progress),
      }),
      confirm,
    };
    const savedPort = {
      read: async () => (await work.fetch(key)).saved,
      write: (saved: Saved, version: Version | null) => work.save(key, saved, version),
      merged: (_stored: Saved, mine: Saved) => mine,
      confirm,
    };
    this.#mark = new HeldPart(markPort, clock, takenMark(download, fresh));
    this.#saved = new HeldPart(savedPort, clock, takenSaved(download, null));
  }

  get progress(): Progress {
    return this.#mark.value.progress;
  }

  get checkpoint(): Checkpoint | null {
    return this.#checkpoint;
  }

  /** How many were saved so far, by all holders. */
  get checkpoints(): Checkpoints {
    return this.#saved.value.checkpoints ?? this.#download.checkpoints;
  }

  get ranMs(): number {
    return this.#ranMs;
  }

  /** False only when nothing can have been stored. */
  get isStored(): boolean {
    return this.#mark.isStored || this.#saved.isStored;
  }

  /**
   * Raises the epoch of the stored work to this holder's, and continues from it: from then on no write of an older
   * holder succeeds. Repeatable. `early`: the work as it was read, perhaps before the claim. Throws `SupersededError` if
   * a later holder has it.
   */
  async take(signal: AbortSignal, early?: StoredWork | null): Promise<void> {
    let known = early ?? null;
    const onFailure = (error: unknown) => {
      if (signal.aborted || !isCarryoutError(error, "unavailable")) throw error;
    };
    await retry(this.#context.clock, { ...WRITE_PAUSES, signal, onFailure }, async () => {
      for (;;) {
        const stored = known ?? (await this.#fetch());
        known = null;
        if (await this.#tryTake(stored)) return;
      }
    });
  }

  advance(tick: Tick, etaMs: number | null, ranMs: number): Promise<unknown> {
    return this.#mark.write((mark) => advanced(mark, tick, etaMs, ranMs));
  }

  async save(checkpoint: Checkpoint, ranMs: number): Promise<void> {
    const { epoch, failures } = this.#download;
    const checkpoints = { count: this.checkpoints.count + 1, at: this.#context.clock.now() };
    const saved = { epoch, attempt: failures, ranMs, checkpoint, madeIn: epoch, checkpoints };
    await this.#saved.write(() => saved);
    this.#checkpoint = checkpoint;
  }

  /** Discards what was saved: generation starts over from the beginning. */
  async startOver(ranMs: number): Promise<void> {
    const { epoch, failures } = this.#download;
    const fresh = { epoch, attempt: failures, ranMs, checkpoint: null, madeIn: epoch };
    const { checkpoints } = this;
    await this.#saved.write(() => ({ ...fresh, checkpoints }));
    this.#checkpoint = null;
    await this.#mark.write((mark) => ({ ...mark, ranMs, progress: startingAgain(mark.progress) }));
  }

  /** Stops writing; resolves when the writes in progress have been answered. */
  async end(): Promise<void> {
    await Promise.all([this.#mark.end(), this.#saved.end()]);
  }

  /** False if what is stored is no longer this. */
  async #tryTake({ mark, saved }: StoredWork): Promise<boolean> {
    const { work } = this.#context;
    const { epoch } = this.#download;
    const taken = takenOver(this.#download, { mark, saved });
    if (taken === null) throw new SupersededError(false);
    const { begun, mark: nextMark, saved: nextSaved } = taken;
    const [markVersion, savedVersion] = await Promise.all([
      mark?.value.epoch === epoch ? mark.version : work.advance(this.#key, nextMark, mark?.version ?? null),
      saved?.value.epoch === epoch ? saved.version : work.save(this.#key, nextSaved, saved?.version ?? null),
    ]);
    if (markVersion === null || savedVersion === null) return false;
    this.#mark.begin(nextMark, markVersion);
    this.#saved.begin(nextSaved, savedVersion);
    this.#checkpoint = begun.checkpoint;
    this.#ranMs = begun.ranMs;
    return true;
  }

  async #fetch() {
    try {
      return await this.#context.work.fetch(this.#key);
    } catch (error) {
      throw isOfLaterVersion(error) ? new SupersededError(false) : error;
    }
  }
}

/** The work in the epoch of a new holder, and what that begins with; null if a later holder has it. */
export function takenOver(
  download: Download,
  { mark, saved }: StoredWork,
): { begun: Resumed; mark: Mark; saved: Saved } | null {
  if (Math.max(mark?.value.epoch ?? 0, saved?.value.epoch ?? 0) > download.epoch) return null;
  const begun = resumed(download, mark?.value ?? null, saved?.value ?? null);
  return { begun, mark: takenMark(download, begun), saved: takenSaved(download, saved?.value ?? null) };
}
