/** @module Moves finished downloads from their slots to the history: the holder at once, other nodes if it fails to. */

import { isFinished } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { isExpired, outdated } from "../download/transitions.ts";
import { isAbort, isCarryoutError } from "../errors.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import { type Membership, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Repo, Stored, Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Log } from "../telemetry/log.ts";
import type { HistorySizes } from "./history-sizes.ts";
import { removeUnnamedParts } from "./parts.ts";
import { rankOf } from "./rank.ts";
import type { Settings } from "./settings.ts";

export interface ArchiverContext {
  self: NodeId;
  repo: Repo;
  files: FileStore;
  membership: Pick<Membership, "members">;
  clock: Clock;
  log: Log;
  settings: Settings;
  sizes: HistorySizes;
  /** This node has moved a download to the history; `version` is that of the write that freed the slot. */
  onArchived?(stored: Stored): void;
}

/** What the holder knows about the download that it finished. */
export interface Known {
  /** All stored parts belong to its file. */
  isTidy: boolean;
  /** No work is stored. */
  isWorkless: boolean;
  /** It is in the history, and its slot is free. */
  isArchived: boolean;
  /** See `Written`. */
  freed: Version | null;
}

const NOTHING_KNOWN: Known = { isTidy: false, isWorkless: false, isArchived: false, freed: null };
/**
 * How long a finished download may stay in its slot before another node moves it; each further node waits this much
 * longer.
 */
const HALF_DONE_MS = 1_000;
/**
 * How many entries beyond the kept ones are checked: more than one archiving can add. An estimate that is lower than the
 * limit by as much is trusted.
 */
const BEYOND = 8;

/** After a crash between any two steps, any node can repeat all of them. */
export class Archiver {
  readonly #context: ArchiverContext;
  readonly #underWay = new Set<Promise<void>>();
  /** Slots that contain a finished download, by key. */
  readonly #waiting = new Map<string, { id: string; cancel: Cancel }>();
  #isClosed = false;

  constructor(context: ArchiverContext) {
    this.#context = context;
  }

  /** For the holder, which does not wait for it. If it fails, this or another node retries later. */
  begin(finished: Stored, known: Known): void {
    const archiving: Promise<void> = this.archive(finished, known)
      .catch((error) => this.#onError(error, finished))
      .then(() => void this.#underWay.delete(archiving));
    this.#underWay.add(archiving);
  }

  /** Resolves when the slot is free or contains another download. */
  async archive(finished: Stored, known: Known = NOTHING_KNOWN): Promise<void> {
    const { files, log, onArchived } = this.#context;
    const { key, download } = finished;
    const moved = known.isArchived
      ? { isKept: true, version: known.freed }
      : await this.#move(finished, known);
    if (moved === null) return;
    const { isKept, version } = moved;
    if (isKept && version !== null) onArchived?.({ key, version, download });
    const tidying = !isKept
      ? files.remove(`${download.id}/`)
      : known.isTidy
        ? null
        : removeUnnamedParts(files, download);
    await tidying?.catch((error) => {
      log.warn({ download: download.id, error }, "leftover parts remain until they are swept");
    });
    if (isKept) await this.#makeRoom(download.user);
  }

  /** Follows the slots: a finished download that stays in one is moved by the node that ranks first for it. */
  apply(event: SlotEvent): void {
    if (event.type === "begin") this.#context.sizes.forget();
    if (event.type !== "put" && event.type !== "remove") return;
    const waiting = this.#waiting.get(event.key);
    const finished = event.type === "put" && isFinished(event.download) ? event.download : null;
    const id = finished?.id ?? null;
    if (waiting && waiting.id === id) return;
    waiting?.cancel();
    this.#waiting.delete(event.key);
    // A slot that is freed without having shown an end may have gone to the history at once.
    if (finished !== null || (event.type === "remove" && !waiting)) this.#context.sizes.finished(event.key);
    if (id !== null) this.#later(event.key, id);
  }

  /** Resolves when all moves that this node's holders started are done or given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    await Promise.all(this.#underWay);
  }

  /** The version is null if another node freed the slot. */
  async #move(
    finished: Stored,
    { isWorkless }: Known,
  ): Promise<{ isKept: boolean; version: Version | null } | null> {
    const { repo } = this.#context;
    if (repo.archive) return repo.archive(finished);
    const { history, work, slots } = repo;
    const { key, version, download } = finished;
    const isKept = await history.put(download);
    if (!isWorkless) await work.remove(downloadKey(download.user, download.id));
    const freed = await slots.remove(key, version);
    return { isKept, version: freed };
  }

  #later(key: string, id: string): void {
    const { clock, membership, self } = this.#context;
    if (this.#isClosed) return;
    const rank = rankOf(id, self, membership.members().map(nodeIdOf));
    const cancel = clock.after((rank + 1) * HALF_DONE_MS, () => {
      this.#waiting.delete(key);
      const moving = this.#complete(key, id).then(() => void this.#underWay.delete(moving));
      this.#underWay.add(moving);
    });
    this.#waiting.set(key, { id, cancel });
  }

  async #complete(key: string, id: string): Promise<void> {
    try {
      const stored = await this.#context.repo.slots.fetch(key);
      if (stored?.download.id === id && isFinished(stored.download)) await this.archive(stored);
    } catch (error) {
      this.#onError(error, { key, download: { id } });
      if (isCarryoutError(error, "unavailable") && !this.#waiting.has(key)) this.#later(key, id);
    }
  }

  /** Expires a user's oldest downloads beyond `keepPerUser`; their bytes stay for transfers in progress. */
  async #makeRoom(user: string): Promise<void> {
    const { repo, clock, settings, sizes } = this.#context;
    const estimate = sizes.of(user);
    if (estimate !== null && estimate + BEYOND <= settings.keepPerUser) return;
    const size = await repo.history.size(user);
    sizes.counted(user, size);
    if (size <= settings.keepPerUser) return;
    const now = clock.now();
    const newest = await repo.history.list(user, { limit: settings.keepPerUser + BEYOND });
    const shown = newest.filter(({ download }) => !isExpired(download, now));
    if (shown.length <= settings.keepPerUser) return;
    shown.sort((a, b) => (b.download.finishedAt ?? 0) - (a.download.finishedAt ?? 0));
    for (const { key, version, download } of shown.slice(settings.keepPerUser)) {
      await repo.history.update(outdated(download, now), version);
      await repo.work.remove(key); // notifies the watchers
    }
  }

  #onError(error: unknown, { download }: { key: string; download: { id: string } }): void {
    const { log } = this.#context;
    if (isAbort(error) || isCarryoutError(error, "closed") || isCarryoutError(error, "record-too-new"))
      return;
    const fields = { download: download.id, error };
    if (isCarryoutError(error, "unavailable"))
      log.warn(fields, "finished download stays in its slot for now");
    else log.error(fields, "finished download could not be archived");
  }
}
