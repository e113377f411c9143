/** @module A holder's writes to its record: one after the other, each fenced by version and epoch. */

import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { isCarryoutError, UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { isOfLaterVersion, type Repo, type Stored, type Version } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";

/** Thrown by a write when the record has another holder, another epoch, or is gone. */
export class SupersededError extends Error {
  /** True when the record is gone: its user cancelled. */
  readonly removed: boolean;

  constructor(removed: boolean) {
    super(removed ? "the download was removed" : "another node holds the download");
    this.name = "SupersededError";
    this.removed = removed;
  }
}

const PAUSES = { firstMs: 20, mostMs: 1_000 };

/**
 * The latest record as its holder wrote it. Only the holder named in it, in this epoch, writes it. So if a write is
 * refused although the stored record still names both, an earlier write of our own was applied though reported as
 * lost, and we continue from it. While the engine is unreachable a write waits; its outcome never stays unknown.
 */
export class FencedRecord {
  readonly key: string;
  readonly #repo: Repo;
  readonly #clock: Clock;
  readonly #ranMs: () => number;
  #download: Download;
  #version: Version;
  #last: Promise<unknown> = Promise.resolve();
  #superseded: SupersededError | null = null;
  readonly #letGo = new AbortController();

  /** `ranMs`: how long the attempt has run so far; included in every write. */
  constructor(
    repo: Repo,
    clock: Clock,
    stored: { download: Download; version: Version },
    ranMs: () => number,
  ) {
    this.key = keyOf(stored.download);
    this.#repo = repo;
    this.#clock = clock;
    this.#ranMs = ranMs;
    this.#download = stored.download;
    this.#version = stored.version;
  }

  get download(): Download {
    return this.#download;
  }

  get version(): Version {
    return this.#version;
  }

  /** Writes the result of `change` for the latest record. Throws `SupersededError` if the claim is lost. */
  write(change: (download: Download) => Download): Promise<Download> {
    return this.#inOrder(() => this.#tryWrite(change));
  }

  /** Throws `SupersededError` unless the record still names this holder in this epoch. */
  async confirm(): Promise<void> {
    await this.#inOrder(async () => {
      await this.#readBack(false);
      return this.#superseded ? null : this.#download;
    });
  }

  /** Makes every later write fail, as well as one that waits for the engine. */
  lose(removed: boolean): void {
    this.#superseded ??= new SupersededError(removed);
    this.#letGo.abort();
  }

  #inOrder(attempt: () => Promise<Download | null>): Promise<Download> {
    const result = this.#last.then(() => this.#untilAnswered(attempt));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** An attempt that returns null is repeated at once; one that the engine can't answer, after a while. */
  #untilAnswered(attempt: () => Promise<Download | null>): Promise<Download> {
    const { signal } = this.#letGo;
    const onFailure = (error: unknown) => {
      if (!isCarryoutError(error, "unavailable")) throw error;
    };
    return retry(this.#clock, { ...PAUSES, signal, onFailure }, async () => {
      for (;;) {
        if (this.#superseded) throw this.#superseded;
        const answer = await attempt();
        if (answer) return answer;
      }
    });
  }

  async #tryWrite(change: (download: Download) => Download): Promise<Download | null> {
    const next = change({ ...this.#download, ranMs: this.#ranMs() });
    const version = await this.#repo.update(next, this.#version);
    if (version !== null) return this.#keep({ download: next, version });
    await this.#readBack(true);
    return null;
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
      return await this.#repo.fetch(this.key);
    } catch (error) {
      if (!isOfLaterVersion(error)) throw error;
      this.lose(false);
      return null;
    }
  }

  #keep(stored: { download: Download; version: Version }): Download {
    this.#download = stored.download;
    this.#version = stored.version;
    return stored.download;
  }
}

function isSameGrip({ download }: Stored, mine: Download): boolean {
  return (
    download.id === mine.id &&
    download.node === mine.node &&
    download.epoch === mine.epoch &&
    download.state === "processing"
  );
}
