/** @module What operators do with the downloads of all users: find, look at, cancel, retry. */

import { type Download, type DownloadState, isFinished } from "../download/download.ts";
import { downloadKey, isDownloadId, userOf } from "../download/key.ts";
import { placeIn, placeText } from "../download/order.ts";
import { progressWith } from "../download/work.ts";
import { invalidCursor } from "../ports/history-cursor.ts";
import { isOfLaterVersion, type Repo } from "../ports/repo.ts";
import type { Activity } from "./activity.ts";
import type { Operations } from "./carryout.ts";
import type { Cluster } from "./cluster.ts";
import type { DownloadReads } from "./download-reads.ts";
import type { Answer, Requests } from "./requests.ts";
import type { SlotIndex } from "./slot-index.ts";
import type {
  ActivityPoint,
  ClusterEvent,
  DownloadSearch,
  DownloadStatus,
  DownloadStory,
  FoundDownloads,
} from "./status.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";
import type { WorkFollower } from "./work-follower.ts";

export interface OperationsContext {
  repo: Pick<Repo, "slots" | "work" | "history">;
  unfinished: UnfinishedIndex;
  slotIndex: Pick<SlotIndex, "of">;
  reads: DownloadReads;
  requests: Pick<Requests, "remove">;
  workFollower: Pick<WorkFollower, "markOf">;
  cluster: Pick<Cluster, "watchAll">;
  activity: Pick<Activity, "points">;
  statusOf(download: Download): DownloadStatus;
  /** As `Carryout.retry`. */
  retry(user: string, id: string): Promise<Answer | null>;
  /** Throws when this node is closed. */
  checkOpen(): void;
}

/** The beginning of an id that is shorter would match too much. */
const SHORTEST_BEGINNING = 4;
/** What comes first in a place among the downloads of all users: it is among the unfinished, or in the history. */
type Part = "u" | "h";

export class NodeOperations implements Operations {
  readonly #context: OperationsContext;

  constructor(context: OperationsContext) {
    this.#context = context;
  }

  async find(search: DownloadSearch): Promise<FoundDownloads> {
    this.#context.checkOpen();
    if (search.id !== undefined) return { found: await this.#withId(search, search.id), next: null };
    if (search.user !== undefined) return this.#ofUser(search, search.user);
    const [part, place] = placeOf(search.after);
    return part === "u" ? this.#ofAll(search, place) : this.#finished(search, place, search.limit);
  }

  async story(id: string): Promise<DownloadStory | null> {
    this.#context.checkOpen();
    const { reads, repo, statusOf } = this.#context;
    const user = await this.#userOf(id);
    const found = user === null ? null : await reads.find(user, id);
    if (found === null) return null;
    const { download } = found;
    const status = statusOf(download);
    const { checkpoints } = download;
    if (isFinished(download)) return { status, checkpoints, savedBytes: null };
    const { saved } = await repo.work.fetch(downloadKey(download.user, id));
    return {
      status,
      checkpoints: saved?.value.checkpoints ?? checkpoints,
      savedBytes: saved?.value.checkpoint?.size ?? null,
    };
  }

  async cancel(id: string): Promise<"cancelled" | "finished" | "unknown"> {
    this.#context.checkOpen();
    const { requests, reads } = this.#context;
    const user = await this.#userOf(id);
    if (user === null) return "unknown";
    if (await requests.remove(user, id, { onlyUnfinished: true })) return "cancelled";
    return (await reads.find(user, id)) === null ? "unknown" : "finished";
  }

  async retry(id: string): Promise<Answer | null> {
    const user = await this.#userOf(id);
    return user === null ? null : this.#context.retry(user, id);
  }

  activity(): ActivityPoint[] {
    return this.#context.activity.points();
  }

  watch(signal: AbortSignal): AsyncIterable<ClusterEvent> {
    this.#context.checkOpen();
    return this.#context.cluster.watchAll(signal);
  }

  /** The user whose download this is or was; null if none is known. */
  async #userOf(id: string): Promise<string | null> {
    if (!isDownloadId(id)) return null;
    const { unfinished, slotIndex, repo } = this.#context;
    const key = unfinished.ofId(id)?.key;
    if (key !== undefined) return userOf(key);
    const found = await repo.history.find(id);
    if (found?.stored) return found.stored.download.user;
    const before = slotIndex.of(id);
    return before === undefined ? null : userOf(before);
  }

  async #withId(search: DownloadSearch, id: string): Promise<DownloadStatus[]> {
    const { reads, statusOf, unfinished } = this.#context;
    const user = await this.#userOf(id);
    const exact = user === null ? null : await reads.find(user, id);
    if (exact) return matches(exact.download, search) ? [statusOf(exact.download)] : [];
    if (id.length < SHORTEST_BEGINNING) return [];
    const entries = [...unfinished.entries()].filter((entry) => entry.id.startsWith(id));
    const found = await this.#read(entries.slice(0, search.limit));
    return found.filter(({ download }) => matches(download, search));
  }

  async #ofUser(search: DownloadSearch, user: string): Promise<FoundDownloads> {
    const { reads, statusOf } = this.#context;
    const after = search.after === undefined ? null : placeIn(search.after);
    if (search.after !== undefined && after === null) throw invalidCursor();
    const page = await reads.list(user, search.limit, after);
    const found = page.filter(({ download }) => matches(download, search));
    const last = page.length < search.limit ? undefined : page.at(-1)?.download;
    return {
      found: found.map(({ download }) => statusOf(download)),
      next: last ? placeText(last) : null,
    };
  }

  /** Unfinished ones, the latest first; then, if there is room in this page, finished ones. */
  async #ofAll(search: DownloadSearch, place: string): Promise<FoundDownloads> {
    const { kind, state, limit } = search;
    const after = ticketAt(place);
    const matching: Entry[] = [];
    if (state === undefined || state === "pending" || state === "processing") {
      for (const entry of this.#context.unfinished.entries()) {
        if (kind !== undefined && entry.kind !== kind) continue;
        if (state !== undefined && this.#stateOf(entry) !== state) continue;
        if (after === null || latestFirst(after, entry) < 0) matching.push(entry);
      }
    }
    matching.sort(latestFirst);
    const page = matching.slice(0, limit);
    const found = await this.#read(page);
    const last = page.at(-1);
    if (matching.length > page.length && last) return { found, next: `u${last.ticket}~${last.id}` };
    if (state === "pending" || state === "processing") return { found, next: null };
    if (page.length === limit) return { found, next: "h" };
    const finished = await this.#finished(search, "", limit - page.length);
    const ids = new Set(found.map(({ download }) => download.id));
    const others = finished.found.filter(({ download }) => !ids.has(download.id));
    return { found: [...found, ...others], next: finished.next };
  }

  async #finished(search: DownloadSearch, place: string, limit: number): Promise<FoundDownloads> {
    const { repo, statusOf } = this.#context;
    const { kind, state } = search;
    if (state === "pending" || state === "processing") return { found: [], next: null };
    const after = place === "" ? undefined : place;
    const { found, next } = await repo.history.search({ kind, state, limit, after });
    return {
      found: found.map(({ download }) => statusOf(download)),
      next: next === null ? null : `h${next}`,
    };
  }

  /** Without those that left their slot meanwhile. */
  async #read(entries: readonly Entry[]): Promise<DownloadStatus[]> {
    const { repo, statusOf, workFollower } = this.#context;
    const stored = await Promise.all(entries.map(({ key }) => repo.slots.fetch(key).catch(nullIfLater)));
    return stored.flatMap((one, index) => {
      const { id } = entries[index]!;
      if (one === null || one.download.id !== id) return [];
      const mark = workFollower.markOf(downloadKey(one.download.user, id));
      return [statusOf({ ...one.download, progress: progressWith(one.download, mark) })];
    });
  }

  #stateOf(entry: Entry): DownloadState {
    return this.#context.unfinished.line.position(entry) === null ? "processing" : "pending";
  }
}

/** A record of a later version is left out. */
function nullIfLater(error: unknown): null {
  if (isOfLaterVersion(error)) return null;
  throw error;
}

function matches({ user, kind, state }: Download, search: DownloadSearch): boolean {
  return (
    user === (search.user ?? user) && kind === (search.kind ?? kind) && state === (search.state ?? state)
  );
}

function latestFirst(a: Pick<Entry, "ticket" | "id">, b: Pick<Entry, "ticket" | "id">): number {
  return b.ticket - a.ticket || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function placeOf(after: string | undefined): [Part, string] {
  if (after === undefined) return ["u", ""];
  const part = after.charAt(0);
  if (part !== "u" && part !== "h") throw invalidCursor();
  return [part, after.slice(1)];
}

function ticketAt(place: string): Pick<Entry, "ticket" | "id"> | null {
  if (place === "") return null;
  const [, ticket, id] = /^(\d{1,15})~([\w-]{1,200})$/.exec(place) ?? [];
  if (id === undefined) throw invalidCursor();
  return { ticket: Number(ticket), id };
}
