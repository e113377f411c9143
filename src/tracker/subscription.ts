/** @module One watcher of one user's downloads. */

import { isDeepStrictEqual } from "node:util";
import { type Download, isFinished, type Progress } from "../download/download.ts";
import { idOf } from "../download/key.ts";
import { furthest } from "../download/progress.ts";
import { type Mark, progressSince, progressWith } from "../download/work.ts";
import { isCarryoutError } from "../errors.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { Version } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { WorkEvent } from "../ports/work.ts";
import type { DownloadReads, Found, Stage } from "./download-reads.ts";
import type { DownloadStatus, WatchEvent } from "./status.ts";

/** What is shown beside the record. */
interface Turn {
  position: number | null;
  notice: string | null;
  /** Null when it is not waiting. */
  waitMs: number | null;
}

interface Told {
  stage: Stage;
  version: Version;
  /** As last shown: its progress never decreases. */
  download: Download;
  turn: Turn;
}

export interface WatcherContext {
  reads: Pick<DownloadReads, "find" | "newest">;
  clock: Clock;
  statusOf(download: Download): DownloadStatus;
}

const RETRY_MS = 250;
/** More than a user removes during one read. */
const MOST_GONE = 1_000;
/** Number of finished downloads in a snapshot; a list has all of them. */
const MOST_FINISHED = 20;
/** A changed wait estimate is reported when it differs from the reported one by this much and this share. */
const WAIT_STEP_MS = 1_000;
const WAIT_STEP = 0.1;
const ORDER: readonly Stage[] = ["running", "finished", "archived"];

/**
 * The snapshot and the feeds of slots and work are views of the same records, and any may be newer than the others. A
 * download only moves forward (see `Stage`), and versions decide which of two is newer within a stage; if a feed says
 * only that something is gone, the records are read again.
 *
 * A slow reader gets the latest state of each download, not every step: the pending events are bounded by the number of
 * the user's downloads.
 */
export class Subscription {
  readonly #context: WatcherContext;
  readonly #user: string;
  readonly #signal: AbortSignal;
  /** By id. */
  readonly #told = new Map<string, Told>();
  /** Marks that arrived before their download was reported. */
  readonly #marks = new Map<string, Mark>();
  /** Events that arrived before the snapshot was read; null afterwards. */
  #early: (() => void)[] | null = [];
  /** Removed downloads: a read that was in progress at the removal must not bring them back. */
  readonly #gone = new Set<string>();
  /** Ids being read; true if they have to be read again. */
  readonly #checks = new Map<string, boolean>();
  readonly #next = new Map<string, WatchEvent>();
  /** Null while nothing is being read; otherwise whether to read again, and how. */
  #again: { isThorough: boolean } | "no" | null = null;
  #cancelExpiry: Cancel = () => {};
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(context: WatcherContext, user: string, signal: AbortSignal) {
    this.#context = context;
    this.#user = user;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.close(), { once: true });
    if (signal.aborted) this.#closed = true;
  }

  /**
   * Reads the snapshot: all unfinished and the newest finished downloads. Newer changes that arrived before it was read
   * follow. Other downloads are reported when they change. `marks` are those of the user if they were read a moment ago.
   */
  async begin(marks: ReadonlyMap<string, Mark> | null = null): Promise<WatchEvent> {
    const { reads, statusOf } = this.#context;
    const downloads: DownloadStatus[] = [];
    for (const one of await reads.newest(this.#user, MOST_FINISHED, marks)) {
      const status = statusOf(one.download);
      this.#told.set(one.download.id, toldOf(one, status));
      downloads.push(status);
    }
    this.#expireLater();
    const early = this.#early ?? [];
    this.#early = null;
    for (const apply of early) apply();
    return { type: "snapshot", downloads };
  }

  async *changes(): AsyncIterable<WatchEvent> {
    while (!this.#closed) {
      const [next] = this.#next;
      if (next) {
        this.#next.delete(next[0]);
        yield next[1];
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /**
   * Applies an event of the feed of slots: a change of this user's slots, or any `begin` or `synced`. A feed may skip
   * a download's whole life in a slot: unless the event is a step of a known download, the records are read.
   */
  applySlot(event: SlotEvent): void {
    if (this.#early !== null) return void this.#early.push(() => this.applySlot(event));
    if (event.type === "put" && this.#told.has(event.download.id)) {
      this.#update({ ...event, stage: isFinished(event.download) ? "finished" : "running" });
    } else if (event.type !== "begin") this.#readAll(event.type === "synced");
  }

  /** Applies an event of the feed of this user's work. */
  applyWork(event: WorkEvent): void {
    if (this.#early !== null) return void this.#early.push(() => this.applyWork(event));
    if (event.type === "put") this.#advance(idOf(event.key), event.mark);
    // A change that no feed delivers: it was archived, or removed from the history, or its file is lost.
    if (event.type === "remove" && !event.unreadable) this.#check(idOf(event.key));
  }

  /** It has just been moved to the history, where its version is not known: what is read there is newer. */
  applyArchived(download: Download): void {
    if (this.#early !== null) return void this.#early.push(() => this.applyArchived(download));
    this.#update({ stage: "archived", version: 0, download });
  }

  /** A feed was down: downloads may have been added and removed meanwhile, and the history may have changed. */
  restarted(): void {
    if (this.#early !== null) return void this.#early.push(() => this.restarted());
    this.#readAll(true);
  }

  lineMoved(): void {
    for (const told of this.#told.values()) {
      if (told.stage !== "running") continue;
      const status = this.#context.statusOf(told.download);
      const turn = turnOf(status);
      if (!isNews(turn, told.turn)) continue;
      told.turn = turn;
      this.#tell(told.download.id, { type: "download", status });
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelExpiry();
    this.#wake?.();
  }

  /** Thorough: also checks archived downloads. */
  #readAll(isThorough: boolean): void {
    const isUnderWay = this.#again !== null;
    const before = typeof this.#again === "object" && this.#again?.isThorough === true;
    this.#again = { isThorough: isThorough || before };
    if (!isUnderWay) void this.#untilAllIsRead();
  }

  async #untilAllIsRead(): Promise<void> {
    while (this.#again !== null && this.#again !== "no") {
      const { isThorough } = this.#again;
      this.#again = "no";
      const all = await this.#untilRead(() => this.#context.reads.newest(this.#user, MOST_FINISHED));
      if (this.#closed) return;
      const ids = new Set(all?.map(({ download }) => download.id));
      for (const [id, { stage }] of this.#told)
        if (!ids.has(id) && (isThorough || stage !== "archived")) this.#check(id);
      for (const found of all ?? []) this.#update(found);
    }
    this.#again = null;
  }

  /** Reads a download again, as soon as the records can be read, and reports its state. */
  #check(id: string): void {
    const isUnderWay = this.#checks.has(id);
    this.#checks.set(id, isUnderWay);
    if (!isUnderWay) void this.#read(id);
  }

  async #read(id: string): Promise<void> {
    let found: Found | null;
    do {
      this.#checks.set(id, false);
      found = await this.#untilRead(() => this.#context.reads.find(this.#user, id));
      if (this.#closed) return;
    } while (this.#checks.get(id));
    this.#checks.delete(id);
    if (found === null) this.#remove(id);
    else this.#update(found);
  }

  /** Records that will never be readable again end the watch: its reader may start one at another node. */
  #untilRead<Answer>(read: () => Promise<Answer>): Promise<Answer | null> {
    const { clock } = this.#context;
    const onFailure = (error: unknown) => {
      if (!isCarryoutError(error, "unavailable")) this.close();
    };
    const pauses = { firstMs: RETRY_MS, mostMs: RETRY_MS, signal: this.#signal };
    return retry(clock, { ...pauses, onFailure }, () => (this.#closed ? null : read()));
  }

  #advance(id: string, mark: Mark): void {
    const told = this.#told.get(id);
    // A later holder's may arrive before the record that names it.
    if (!told || mark.epoch > told.download.epoch) return void this.#marks.set(id, mark);
    if (told.stage !== "running") return;
    const progress = progressWith(told.download, mark);
    if (isDeepStrictEqual(progress, told.download.progress)) return;
    this.#show({ ...told, download: { ...told.download, progress } });
  }

  #update(found: Omit<Found, "key">): void {
    const { stage, version, download } = found;
    const { id } = download;
    const before = this.#told.get(id);
    if (this.#gone.has(id) || (before && !isNewer(found, before))) return;
    if (stage !== "running" && isOver(download, this.#context.clock)) {
      this.#remove(id);
      return;
    }
    const next = { ...download, progress: this.#progressOf(found, before) };
    this.#marks.delete(id);
    if (before && isDeepStrictEqual(before.download, next)) this.#told.set(id, { ...before, stage, version });
    else this.#show({ stage, version, download: next });
  }

  /** The marks of an unfinished download are newer than its record; the record of a finished one is final. */
  #progressOf({ stage, download }: Omit<Found, "key">, before: Told | undefined): Progress {
    const shown = before?.download ?? download;
    if (stage !== "running") return furthest(shown.progress, download.progress);
    const progress = progressSince(shown, download);
    return progressWith({ ...download, progress }, this.#marks.get(download.id) ?? null);
  }

  #show(told: Omit<Told, "turn">): void {
    const status = this.#context.statusOf(told.download);
    const { id } = told.download;
    this.#told.set(id, { ...told, turn: turnOf(status) });
    this.#tell(id, { type: "download", status });
    if (told.stage !== "running") this.#expireLater();
  }

  #remove(id: string): void {
    this.#marks.delete(id);
    this.#gone.add(id);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
    }
    if (this.#told.delete(id)) this.#tell(id, { type: "removed", id });
  }

  /** No feed reports expiry: each watcher keeps track of when the downloads that it reported expire. */
  #expireLater(): void {
    const { clock } = this.#context;
    this.#cancelExpiry();
    let earliest = Number.POSITIVE_INFINITY;
    for (const { download } of this.#told.values())
      earliest = Math.min(earliest, download.expiresAt ?? earliest);
    if (!Number.isFinite(earliest) || this.#closed) return;
    this.#cancelExpiry = clock.after(Math.max(1, earliest - clock.now()), () => {
      for (const [id, { download }] of this.#told) if (isOver(download, clock)) this.#remove(id);
      this.#expireLater();
    });
  }

  #tell(id: string, event: WatchEvent): void {
    this.#next.delete(id);
    this.#next.set(id, event);
    this.#wake?.();
  }
}

function isOver({ expiresAt }: Download, clock: Pick<Clock, "now">): boolean {
  return expiresAt !== null && expiresAt <= clock.now();
}

function isNewer(found: Pick<Told, "stage" | "version">, before: Pick<Told, "stage" | "version">): boolean {
  const stages = ORDER.indexOf(found.stage) - ORDER.indexOf(before.stage);
  return stages > 0 || (stages === 0 && found.version > before.version);
}

function toldOf({ stage, version }: Found, status: DownloadStatus): Told {
  return { stage, version, download: status.download, turn: turnOf(status) };
}

function turnOf({ position, notice = null, etaMs }: DownloadStatus): Turn {
  return { position, notice, waitMs: position === null ? null : etaMs };
}

function isNews(turn: Turn, before: Turn): boolean {
  if (turn.position !== before.position || turn.notice !== before.notice) return true;
  if (turn.waitMs === null || before.waitMs === null) return turn.waitMs !== before.waitMs;
  return Math.abs(turn.waitMs - before.waitMs) >= Math.max(WAIT_STEP_MS, before.waitMs * WAIT_STEP);
}
