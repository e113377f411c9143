/** @module Moves what has finished from its slot to the history: at once by its holder, later by whoever finds it. */

import { isFinished } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { isExpired, outdated } from "../download/transitions.ts";
import { isAbort, isCarryoutError } from "../errors.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import { type Membership, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Archived, Repo, Stored } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Log } from "../telemetry/log.ts";
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
}

/** What the holder knows of what it finished. */
export interface Known {
  /** No part is stored that its file does not name. */
  isTidy: boolean;
  /** No work is stored. */
  isWorkless: boolean;
}

const NOTHING_KNOWN: Known = { isTidy: false, isWorkless: false };
/** How long a finished download may stay in its slot before others than its holder move it, and the next after them. */
const HALF_DONE_MS = 1_000;
/** Looked at beyond those that are kept: more than one archive can add. */
const BEYOND = 8;

/** Every step can be done again, by any node, after a crash between any two of them. */
export class Archiver {
  readonly #context: ArchiverContext;
  readonly #underWay = new Set<Promise<void>>();
  /** Slots with something finished in them, by their keys. */
  readonly #waiting = new Map<string, { id: string; cancel: Cancel }>();
  #isClosed = false;

  constructor(context: ArchiverContext) {
    this.#context = context;
  }

  /** For the holder, which goes on meanwhile. What fails is done later, by this or another node. */
  begin(finished: Stored, known: Known): void {
    const archiving: Promise<void> = this.archive(finished, known)
      .catch((error) => this.#onError(error, finished))
      .then(() => void this.#underWay.delete(archiving));
    this.#underWay.add(archiving);
  }

  /** Resolves when the slot is free of it, or has something else. */
  async archive(finished: Stored, known: Known = NOTHING_KNOWN): Promise<void> {
    const { repo, files, log } = this.#context;
    const { download } = finished;
    const archived = repo.archive ? await repo.archive(finished) : await this.#stepByStep(finished, known);
    if (archived === null) return;
    const tidying =
      archived === "removed"
        ? files.remove(`${download.id}/`)
        : known.isTidy
          ? null
          : removeUnnamedParts(files, download);
    await tidying?.catch((error) => {
      log.warn({ download: download.id, error }, "leftover parts remain until they are swept");
    });
    if (archived === "kept") await this.#makeRoom(download.user);
  }

  /** Follows the slots: what stays finished in one is moved by the node that comes first for it. */
  apply(event: SlotEvent): void {
    if (event.type !== "put" && event.type !== "remove") return;
    const waiting = this.#waiting.get(event.key);
    const id = event.type === "put" && isFinished(event.download) ? event.download.id : null;
    if (waiting && waiting.id === id) return;
    waiting?.cancel();
    this.#waiting.delete(event.key);
    if (id !== null) this.#later(event.key, id);
  }

  /** Resolves when what the holders of this node began is done, or was given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
    await Promise.all(this.#underWay);
  }

  async #stepByStep({ key, version, download }: Stored, { isWorkless }: Known): Promise<Archived> {
    const { history, work, slots } = this.#context.repo;
    const isKept = await history.put(download);
    if (!isWorkless) await work.remove(downloadKey(download.user, download.id));
    await slots.remove(key, version);
    return isKept ? "kept" : "removed";
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

  /** The oldest of a user's that are beyond `keepPerUser` are over now; their bytes stay for who is fetching them. */
  async #makeRoom(user: string): Promise<void> {
    const { repo, clock, settings } = this.#context;
    const now = clock.now();
    const newest = await repo.history.list(user, { limit: settings.keepPerUser + BEYOND });
    const shown = newest.filter(({ download }) => !isExpired(download, now));
    if (shown.length <= settings.keepPerUser) return;
    shown.sort((a, b) => (b.download.finishedAt ?? 0) - (a.download.finishedAt ?? 0));
    for (const { key, version, download } of shown.slice(settings.keepPerUser)) {
      await repo.history.update(outdated(download, now), version);
      await repo.work.remove(key); // those who look on are told
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
