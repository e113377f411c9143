/** @module Decides a user's request (created, joined or refused) in one conditional write. */

import type { Download } from "../download/download.ts";
import { digestOfKey } from "../download/fingerprint.ts";
import { keyOf } from "../download/key.ts";
import type { Listed } from "../download/order.ts";
import { claim, isExpired, meet, request } from "../download/transitions.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import type { Generator } from "../generator/generator.ts";
import { validateParams } from "../generator/parameters.ts";
import type { Registry } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { NodeId } from "../ports/membership.ts";
import type { Repo, Stored, Version } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { Archiver } from "./archiver.ts";
import type { StartRequest } from "./carryout.ts";
import type { DownloadReads, Found } from "./download-reads.ts";
import { removeDownload } from "./removal.ts";
import type { Revisions } from "./revisions.ts";
import type { Settings } from "./settings.ts";
import type { DownloadStatus } from "./status.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import type { WorkerPool } from "./worker-pool.ts";

export interface RequestsContext {
  self: NodeId;
  repo: Repo;
  files: FileStore;
  clock: Clock;
  log: Log;
  settings: Settings;
  registry: Registry;
  workerPool: Pick<WorkerPool, "get" | "reserve">;
  unfinished: Pick<UnfinishedIndex, "nextTicket" | "underWay">;
  reads: Pick<DownloadReads, "find" | "inSlot" | "list">;
  archiver: Pick<Archiver, "archive">;
  revisions: Pick<Revisions, "making">;
  /** True when a living node says that it makes this kind. */
  isMade(kind: string): boolean;
  /** True when this node may claim the new download: none is queued before it, and the node is not stopping. */
  mayClaim(kind: string): boolean;
  statusOf(download: Download): DownloadStatus;
}

export interface Answer {
  status: DownloadStatus;
  /** False when it was created for this request. */
  joined: boolean;
}

/** Another node may write between this node's read and write; each round one of them succeeds. */
const MOST_ROUNDS = 100;
/** How many of a user's newest finished downloads are searched for the result of a repeated or equal request. */
const LOOKED_AT = 50;

export class Requests {
  readonly #context: RequestsContext;

  constructor(context: RequestsContext) {
    this.#context = context;
  }

  async start(asked: StartRequest): Promise<Answer> {
    const { registry } = this.#context;
    const { user, kind, slot = "default", idempotencyKey, network = null } = asked;
    const requestKey = idempotencyKey === undefined ? null : digestOfKey(idempotencyKey);
    const generator = registry.get(kind);
    if (!generator) throw this.#cannotMake(kind);
    const params = await validateParams(generator, asked.params);
    const wanted = { user, slot, kind, params, requestKey, network };
    return (await this.#joinFinished(wanted, generator)) ?? (await this.#ask(wanted));
  }

  /**
   * Retries a failed request: same kind, slot and validated parameters. A repeat gets the download of the first retry.
   * Null when the user has no such download. Fails with `not-failed`, and with `download-in-progress` when another
   * download has taken its slot meanwhile.
   */
  async retry(user: string, id: string): Promise<Answer | null> {
    const found = await this.#context.reads.find(user, id);
    if (!found) return null;
    const { state, slot, kind, params, network } = found.download;
    if (state !== "error") {
      throw new CarryoutError(
        "not-failed",
        `This download is ${state}; only a failed one can be tried again.`,
      );
    }
    if (!this.#context.registry.get(kind) && !this.#context.isMade(kind)) throw this.#cannotMake(kind);
    const wanted = { user, slot, kind, params, requestKey: digestOfKey(`retry of ${id}`), network };
    return (await this.#joinFinished(wanted, undefined)) ?? (await this.#ask(wanted));
  }

  /** The result of the same request, or, if the generator allows reuse, the recent result of an equal one. */
  async #joinFinished(asked: Asked, generator: Generator<unknown> | undefined): Promise<Answer | null> {
    const freshForMs = generator?.reuse?.freshForMs ?? null;
    if (asked.requestKey === null && freshForMs === null) return null;
    const { clock, repo } = this.#context;
    const now = clock.now();
    const wanted = request(asked, now, "");
    const finished = await repo.history.list(asked.user, { limit: LOOKED_AT });
    const shown = finished.filter(({ download }) => !isExpired(download, now));
    const repeated = shown.find(({ download }) => isRepeated(download, wanted));
    if (repeated && this.#meets(repeated, wanted) === "join") return this.#joined(repeated);
    if (freshForMs === null) return null;
    const making = this.#context.revisions.making(asked.kind);
    const fresh = shown.find(({ download }) => {
      const isOfRevision = making.continues || download.revision === making.revision;
      return isOfRevision && isFresh(download, wanted, now - freshForMs);
    });
    return fresh ? this.#joined(fresh) : null;
  }

  /**
   * A request to this node counts for its user at once; one to another node counts when its record arrives here, so
   * limits may be exceeded slightly.
   */
  async #ask(asked: Asked): Promise<Answer> {
    const { clock, settings, unfinished, repo } = this.#context;
    const { underWay } = unfinished;
    const share = { key: keyOf(asked), network: asked.network ?? null };
    const refusal = underWay.shares.refusal(share, settings);
    const place = { ticket: unfinished.nextTicket(), turns: underWay.shares.turns(share) };
    const wanted = request(asked, clock.now(), clock.id(), place);
    if (refusal) {
      // The present download may still be joined.
      const there = await repo.slots.fetch(share.key);
      if (there && this.#meets(there, wanted) === "join") return this.#joined(there);
      throw refusal;
    }
    const leave = underWay.enter(share);
    let made: Made | null = null;
    try {
      const settled = await this.#settle(wanted);
      if ("present" in settled) {
        // It may itself be the second download of its request, which the node that made it removes.
        const { present } = settled;
        return this.#joined((await this.#twinOf(present.download)) ?? present);
      }
      made = settled;
    } finally {
      leave(made?.version ?? null);
    }
    const twin = await this.#twinOf(wanted);
    if (!twin) return { status: this.#context.statusOf(made.download), joined: false };
    await this.remove(wanted.user, wanted.id);
    return this.#joined(twin);
  }

  /** What was written, or joined. Most slots are free, so the slot is only read if the insert fails. */
  async #settle(wanted: Download): Promise<Made | { present: Stored }> {
    const { repo, archiver } = this.#context;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const made = await this.#write(wanted);
      if (made) return made;
      const present = await repo.slots.fetch(keyOf(wanted));
      if (present === null) continue;
      if (this.#meets(present, wanted) === "join") return { present };
      await archiver.archive(present);
    }
    throw new CarryoutError("unavailable", "too much contention on this slot; retry", { retriable: true });
  }

  /**
   * Another node may have processed the same request, from insertion to archiving, before a node inserted this download
   * into the slot, which is then the second one of the request. The first one; null if this is the first.
   */
  async #twinOf(made: Download): Promise<Stored | null> {
    if (made.requestKey === null) return null;
    const { repo, clock } = this.#context;
    const finished = await repo.history.list(made.user, { limit: LOOKED_AT });
    const own = finished.find(({ download }) => download.id === made.id);
    const twin = finished.find(({ download, version }) => {
      const isFirst = own === undefined || version < own.version;
      return isFirst && download.id !== made.id && isRepeated(download, made);
    });
    return twin && !isExpired(twin.download, clock.now()) ? twin : null;
  }

  #joined({ download }: Stored): Answer {
    return { status: this.#context.statusOf(download), joined: true };
  }

  /** Cancels or dismisses. True if it existed; afterwards its record and file are gone. */
  remove(user: string, id: string, which?: { onlyUnfinished: boolean }): Promise<boolean> {
    const onCancelled = ({ key }: Stored) => {
      const worker = this.#context.workerPool.get(key);
      if (worker?.id === id) worker.lose(true); // by now the slot may have been given to a new download
    };
    return removeDownload({ ...this.#context, onCancelled }, user, id, which);
  }

  /** Removes all of this user's downloads, page by page. */
  async removeAll(user: string): Promise<number> {
    let removed = 0;
    for (let after: Listed | null = null; ; ) {
      const page: Found[] = await this.#context.reads.list(user, LOOKED_AT, after);
      for (const { download } of page) if (await this.remove(user, download.id)) removed++;
      after = page.at(-1)?.download ?? null;
      if (page.length < LOOKED_AT) return removed;
    }
  }

  /** Joins or replaces the present download; fails with `download-in-progress` if it can do neither. */
  #meets({ download }: Stored, wanted: Download): "join" | "replace" {
    const { clock, statusOf } = this.#context;
    const meeting = meet(download, wanted, clock.now());
    if (meeting === "join" || meeting === "replace") return meeting;
    if (meeting === "reused key") {
      throw new CarryoutError(
        "key-reused",
        "this idempotency key was used for a request with another kind or other parameters; use a new key for each request",
      );
    }
    throw new CarryoutError(
      "download-in-progress",
      `A different download (${download.kind}) is running in this slot; wait for it or cancel it.`,
      { details: { status: statusOf(download) } },
    );
  }

  /** Puts the wanted download into its slot, if that is free, and claims it in the same write if this node can. */
  async #write(wanted: Download): Promise<Made | null> {
    const { repo, clock, self, settings, workerPool, revisions } = this.#context;
    const making = revisions.making(wanted.kind);
    const place = this.#context.mayClaim(wanted.kind) ? workerPool.reserve(keyOf(wanted), wanted.kind) : null;
    const download = place ? claim(wanted, self, clock.now(), settings, making) : wanted;
    let version: Version | null = null;
    try {
      version = await repo.slots.insert(download);
    } finally {
      if (version === null) place?.giveBack();
      else place?.fill({ download, version, isFirst: true });
    }
    return version === null ? null : { version, download };
  }

  /** Midway through a deploy, another node may know a kind that this one does not. */
  #cannotMake(kind: string): CarryoutError {
    if (!this.#context.isMade(kind)) return unknownKind(kind, this.#context.registry.kinds());
    return new UnavailableError(
      `kind ${JSON.stringify(kind)} is made only by other nodes; retry, another node may answer`,
    );
  }
}

type Made = { version: Version; download: Download };
type Asked = Parameters<typeof request>[0] & { requestKey: string | null };

function isRepeated(download: Download, wanted: Download): boolean {
  return wanted.requestKey !== null && download.requestKey === wanted.requestKey;
}

function isFresh({ state, fingerprint, finishedAt }: Download, wanted: Download, since: number): boolean {
  return state === "ready" && fingerprint === wanted.fingerprint && (finishedAt ?? 0) >= since;
}

function unknownKind(kind: string, kinds: string[]): CarryoutError {
  const shown = JSON.stringify(String(kind).slice(0, 80));
  return new CarryoutError("unknown-kind", `unknown kind ${shown} (available: ${kinds.join(", ")})`, {
    details: { kinds },
  });
}
