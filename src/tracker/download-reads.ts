/** @module One user's downloads in their current state, read from the slots (with their work) and the history. */

import { type Download, isFinished } from "../download/download.ts";
import { downloadKey, isDownloadId, userPrefix } from "../download/key.ts";
import { inHistoryOrder, inListOrder, type Listed } from "../download/order.ts";
import { isExpired } from "../download/transitions.ts";
import type { Mark } from "../download/work.ts";
import { progressWith } from "../download/work.ts";
import type { Clock } from "../ports/clock.ts";
import type { HistoryPlace } from "../ports/history.ts";
import { BEGINNING } from "../ports/history-cursor.ts";
import type { Repo, Stored } from "../ports/repo.ts";

/**
 * Where a download was found: an unfinished slot, then the same slot finished, then the history. It never moves back.
 */
export type Stage = "running" | "finished" | "archived";

export interface Found extends Stored {
  stage: Stage;
}

export interface DownloadReadsContext {
  repo: Repo;
  clock: Pick<Clock, "now">;
  /** The slot key of the download with this id, if this node knows it. */
  keyOf(id: string): string | undefined;
  /** False when this node knows of no unfinished download with this id; its view may lag. */
  isUnfinished(id: string): boolean;
  /** All of a user's downloads in the history were read. */
  counted?(user: string, size: number): void;
}

/**
 * A download moves from its slot to the history, and its work is removed after it finished. So marks are read before
 * slots and slots before the history: no download is missed, and no progress decreases.
 */
export class DownloadReads {
  readonly #context: DownloadReadsContext;

  constructor(context: DownloadReadsContext) {
    this.#context = context;
  }

  /** Includes expired downloads until they are swept. */
  async find(user: string, id: string): Promise<Found | null> {
    if (!isDownloadId(id)) return null;
    if (!this.#context.isUnfinished(id)) {
      const archived = await this.#archived(user, id);
      if (archived) return archived;
    }
    const marks = await this.#marks(user);
    const stored = await this.inSlot(user, id);
    return stored ? shown(stored, marks) : await this.#archived(user, id);
  }

  /** Its stored slot record, without its work; null when it is in no slot. */
  async inSlot(user: string, id: string): Promise<Stored | null> {
    const { slots } = this.#context.repo;
    const key = this.#context.keyOf(id);
    if (key === undefined) return (await slots.list(user)).find(({ download }) => download.id === id) ?? null;
    if (!key.startsWith(userPrefix(user))) return null;
    const stored = await slots.fetch(key);
    return stored?.download.id === id ? stored : null;
  }

  /** Unfinished, then finished downloads, newest request first in each; only those after the given position. */
  async list(user: string, limit: number, after: Listed | null = null): Promise<Found[]> {
    const { running, finished } = await this.#inSlots(user);
    const first = running.filter(({ download }) => after === null || inListOrder(after, download) < 0);
    const page = first.slice(0, limit);
    if (page.length === limit) return page;
    const place = after !== null && isFinished(after) ? after : BEGINNING;
    return unfinishedFirst(page, await this.#finished(user, finished, place, limit)).slice(0, limit);
  }

  /**
   * All unfinished downloads, and at most this many of the newest finished ones. `known`: the user's marks, if they were
   * read before this call.
   */
  async newest(
    user: string,
    mostFinished: number,
    known: ReadonlyMap<string, Mark> | null = null,
  ): Promise<Found[]> {
    const { running, finished } = await this.#inSlots(user, known);
    return unfinishedFirst(running, await this.#finished(user, finished, BEGINNING, mostFinished));
  }

  async #inSlots(
    user: string,
    known: ReadonlyMap<string, Mark> | null = null,
  ): Promise<{ running: Found[]; finished: Found[] }> {
    const marks = known ?? (await this.#marks(user));
    const inSlots = (await this.#context.repo.slots.list(user)).map((stored) => shown(stored, marks));
    const running = inSlots.filter(({ stage }) => stage === "running");
    running.sort((a, b) => inHistoryOrder(a.download, b.download));
    return { running, finished: inSlots.filter(({ stage }) => stage === "finished") };
  }

  /** From the history and `inSlots`; the latter may have moved to the history meanwhile. */
  async #finished(user: string, inSlots: Found[], after: HistoryPlace, limit: number): Promise<Found[]> {
    const now = this.#context.clock.now();
    const found = new Map<string, Found>();
    for (const one of inSlots) if (inHistoryOrder(after, one.download) < 0) found.set(one.download.id, one);
    for (let place = after; ; ) {
      const batch = await this.#context.repo.history.list(user, { limit, after: place });
      if (place === BEGINNING && batch.length < limit) this.#context.counted?.(user, batch.length);
      for (const stored of batch) found.set(stored.download.id, { ...stored, stage: "archived" });
      // Expired ones are skipped, however many there are.
      const shown = [...found.values()].filter(({ download }) => !isExpired(download, now));
      const last = batch.at(-1)?.download;
      if (last === undefined || batch.length < limit || shown.length >= limit)
        return shown.sort((a, b) => inHistoryOrder(a.download, b.download)).slice(0, limit);
      place = { requestedAt: last.requestedAt, id: last.id };
    }
  }

  async #archived(user: string, id: string): Promise<Found | null> {
    const stored = await this.#context.repo.history.fetch(downloadKey(user, id));
    return stored && { ...stored, stage: "archived" };
  }

  async #marks(user: string): Promise<Map<string, Mark>> {
    const marks = await this.#context.repo.work.list(user);
    return new Map(marks.map(({ key, mark }) => [key, mark]));
  }
}

/** Each download once: one that was read in its slot, and then in the history, has finished in between. */
function unfinishedFirst(running: readonly Found[], finished: readonly Found[]): Found[] {
  const ids = new Set(finished.map(({ download }) => download.id));
  return [...running.filter(({ download }) => !ids.has(download.id)), ...finished];
}

function shown(stored: Stored, marks: ReadonlyMap<string, Mark>): Found {
  const { download } = stored;
  const stage = isFinished(download) ? "finished" : "running";
  return { ...stored, stage, download: withMark(download, marks) };
}

function withMark(download: Download, marks: ReadonlyMap<string, Mark>): Download {
  const mark = marks.get(downloadKey(download.user, download.id)) ?? null;
  return { ...download, progress: progressWith(download, mark) };
}
