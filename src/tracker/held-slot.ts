/** @module A holder's claim on its slot: one write at a time, each fenced by version and epoch. */

import { type Download, isFinished } from "../download/download.ts";
import { downloadKey, keyOf } from "../download/key.ts";
import { ENDED, isCarryoutError, UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { isOfLaterVersion, type Repo, type Stored, type Version } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";

/** Thrown by a write when the slot has another holder, another epoch, or another download, or is free. */
export class SupersededError extends Error {
  /** True when the download is no longer in its slot: it was cancelled, or it ended. */
  readonly removed: boolean;

  constructor(removed: boolean) {
    super(removed ? "the download left its slot" : "another node holds the download");
    this.name = "SupersededError";
    this.removed = removed;
  }
}

export const WRITE_PAUSES = { firstMs: 20, mostMs: 1_000 };

/** The holder's latest progress: included in everything that it writes to the slot. */
export type Latest = Pick<Download, "progress" | "ranMs" | "checkpoints">;

export interface Written extends Stored {
  /** It is finished, and the same write moved it to the history: its slot is free. */
  isArchived: boolean;
  /** The version of the write that freed its slot; null if none did, or if that is unknown. */
  freed: Version | null;
}

/**
 * The latest record as its holder wrote it. Only the holder named in it, in this epoch, writes it. So if a write is
 * refused although the stored record still names both, an earlier write of our own was applied though reported as
 * lost, and we continue from it. The same holds if the slot is free and the history has an end of this epoch. While the
 * engine is unreachable a write waits; its outcome never stays unknown.
 */
export class HeldSlot {
  readonly key: string;
  readonly #repo: Pick<Repo, "slots" | "history" | "archive">;
  readonly #clock: Clock;
  readonly #latest: () => Latest;
  #download: Download;
  #version: Version;
  #last: Promise<unknown> = Promise.resolve();
  #superseded: SupersededError | null = null;
  /** An end was sent. */
  #mayHaveEnded = false;
  readonly #letGo = new AbortController();

  constructor(
    repo: Pick<Repo, "slots" | "history" | "archive">,
    clock: Clock,
    stored: { download: Download; version: Version },
    latest: () => Latest,
  ) {
    this.key = keyOf(stored.download);
    this.#repo = repo;
    this.#clock = clock;
    this.#latest = latest;
    this.#download = stored.download;
    this.#version = stored.version;
  }

  get download(): Download {
    return this.#download;
  }

  get version(): Version {
    return this.#version;
  }

  /** Aborted when the claim is lost. */
  get lost(): AbortSignal {
    return this.#letGo.signal;
  }

  /**
   * Applies `change` to the latest record and writes the result: to the slot, or, if it is finished and the engine can
   * do so in one step, to the history. Throws `SupersededError` when the claim is lost.
   */
  async write(change: (download: Download) => Download): Promise<Written> {
    try {
      return await this.#inOrder(() => this.#tryWrite(change));
    } catch (error) {
      const ended = error instanceof SupersededError && error.removed ? await this.#ownEnd() : null;
      if (ended === null) throw error;
      return ended;
    }
  }

  /** Throws `SupersededError` unless the slot still names this holder in this epoch. */
  async confirm(): Promise<void> {
    await this.#inOrder(async () => {
      await this.#readBack(false);
      return this.#superseded ? null : this.#stored();
    });
  }

  /** Makes every later write fail, as well as one that waits for the engine. */
  lose(removed: boolean): void {
    this.#superseded ??= new SupersededError(removed);
    this.#letGo.abort(ENDED);
  }

  #inOrder(attempt: () => Promise<Written | null>): Promise<Written> {
    const result = this.#last.then(() => this.#untilAnswered(attempt));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Repeats an attempt that resolves to null; waits before repeating one that the engine could not answer. */
  #untilAnswered(attempt: () => Promise<Written | null>): Promise<Written> {
    const { signal } = this.#letGo;
    return retry(this.#clock, { ...WRITE_PAUSES, signal, onFailure: unlessUnavailable }, async () => {
      for (;;) {
        if (this.#superseded) throw this.#superseded;
        const answer = await attempt();
        if (answer) return answer;
      }
    });
  }

  async #tryWrite(change: (download: Download) => Download): Promise<Written | null> {
    const next = change({ ...this.#download, ...this.#latest() });
    this.#mayHaveEnded ||= isFinished(next);
    if (this.#repo.archive && isFinished(next)) return this.#tryEnd(next);
    const version = await this.#repo.slots.update(next, this.#version);
    if (version !== null) return this.#keep({ download: next, version });
    await this.#readBack(true);
    return null;
  }

  async #tryEnd(download: Download): Promise<Written | null> {
    const finished = { key: this.key, version: this.#version, download };
    const archived = await this.#repo.archive?.(finished);
    if (archived?.isKept) return { ...finished, isArchived: true, freed: archived.version };
    if (archived) this.lose(true);
    else await this.#readBack(true);
    return null;
  }

  /** The end that we wrote, in the history by now, although its answer was lost. */
  async #ownEnd(): Promise<Written | null> {
    if (!this.#mayHaveEnded) return null;
    const { user, id, epoch } = this.#download;
    const ended = await retry(this.#clock, { ...WRITE_PAUSES, onFailure: unlessUnavailable }, () =>
      this.#repo.history.fetch(downloadKey(user, id)),
    );
    return ended?.download.epoch === epoch
      ? { ...ended, key: this.key, isArchived: true, freed: null }
      : null;
  }

  /** Adopts our own unreported write, or finds that the claim is lost. */
  async #readBack(wasRefused: boolean): Promise<void> {
    const stored = await this.#fetch();
    if (this.#superseded) return;
    const mine = this.#download;
    if (stored && stored.version < this.#version)
      throw new UnavailableError(`${this.key} was read from a stale replica`);
    const isSame = stored !== null && isSameGrip(stored, mine);
    if (isSame && !(wasRefused && stored.version === this.#version)) this.#keep(stored);
    else this.lose(stored?.download.id !== mine.id);
  }

  /** If a later version of Carryout has written the record, it owns the record and its bytes. */
  async #fetch(): Promise<Stored | null> {
    try {
      return await this.#repo.slots.fetch(this.key);
    } catch (error) {
      if (!isOfLaterVersion(error)) throw error;
      this.lose(false);
      return null;
    }
  }

  #keep(stored: { download: Download; version: Version }): Written {
    this.#download = stored.download;
    this.#version = stored.version;
    return this.#stored();
  }

  #stored(): Written {
    return {
      key: this.key,
      version: this.#version,
      download: this.#download,
      isArchived: false,
      freed: null,
    };
  }
}

function unlessUnavailable(error: unknown): void {
  if (!isCarryoutError(error, "unavailable")) throw error;
}

function isSameGrip({ download }: Stored, mine: Download): boolean {
  return (
    download.id === mine.id &&
    download.node === mine.node &&
    download.epoch === mine.epoch &&
    download.state === "processing"
  );
}
