/** @module Handles a user's request: creates, joins, replaces or refuses in one conditional write. */

import type { Download } from "../download/download.ts";
import { digestOfKey } from "../download/fingerprint.ts";
import { keyOf, userPrefix } from "../download/key.ts";
import { inListOrder } from "../download/order.ts";
import { claim, isExpired, isOver, isShown, meet, replaced, request } from "../download/transitions.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import { validateParams } from "../generator/parameters.ts";
import type { Registry } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { NodeId } from "../ports/membership.ts";
import type { Repo, Stored, Version } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { StartRequest } from "./carryout.ts";
import { removeRecord } from "./removal.ts";
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
  /** The slot key of the download with this id, if this node knows it. */
  keyOf(id: string): string | undefined;
  /** True when a living node announces this kind. */
  isMade(kind: string): boolean;
  /** True when this node may claim the new download: no other waits before it, and the node is not stopping. */
  mayClaim(kind: string): boolean;
  statusOf(download: Download): DownloadStatus;
}

/** Another node may write between this node's read and write; in each round one of them succeeds. */
const MOST_ROUNDS = 100;

export class Requests {
  readonly #context: RequestsContext;

  constructor(context: RequestsContext) {
    this.#context = context;
  }

  async start(asked: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }> {
    const { registry } = this.#context;
    const { user, kind, slot = "default", idempotencyKey, network = null } = asked;
    const requestKey = idempotencyKey === undefined ? null : digestOfKey(idempotencyKey);
    const generator = registry.get(kind);
    if (!generator) throw this.#cannotMake(kind);
    const params = await validateParams(generator, asked.params);
    // Most slots are free, so the record is read only when the insert finds one.
    return this.#ask({ user, slot, kind, params, requestKey, network }, null);
  }

  /**
   * Retries a failed request: same kind, slot and validated parameters. A repeat gets the download of the first retry.
   * Null when the user has no such download. Fails with `not-failed`, and with `download-in-progress` when another
   * download has taken its slot meanwhile.
   */
  async retry(user: string, id: string): Promise<{ status: DownloadStatus; joined: boolean } | null> {
    const requestKey = digestOfKey(`retry of ${id}`);
    const all = await this.list(user);
    const stored = all.find(({ download }) => download.id === id);
    if (!stored) {
      const made = all.find(({ download }) => download.requestKey === requestKey);
      return made ? { status: this.#context.statusOf(made.download), joined: true } : null;
    }
    const { state, slot, kind, params, network } = stored.download;
    if (state === "error") {
      if (!this.#context.registry.get(kind) && !this.#context.isMade(kind)) throw this.#cannotMake(kind);
      return this.#ask({ user, slot, kind, params, requestKey, network }, stored);
    }
    throw new CarryoutError("not-failed", `This download is ${state}; only a failed one can be tried again.`);
  }

  /**
   * `present` is the record last seen in the slot, which may have changed since. A request made here counts for its
   * user at once; requests made at other nodes count when this node sees them, so limits may be exceeded by a few.
   */
  async #ask(
    asked: Parameters<typeof request>[0],
    present: Stored | null,
  ): Promise<{ status: DownloadStatus; joined: boolean }> {
    const { clock, settings, unfinished, repo } = this.#context;
    const { underWay } = unfinished;
    const share = { key: keyOf(asked), network: asked.network ?? null };
    const refusal = underWay.shares.refusal(share, settings);
    const place = { ticket: unfinished.nextTicket(), turns: underWay.shares.turns(share) };
    const wanted = request(asked, clock.now(), clock.id(), place);
    if (refusal) {
      // An existing download may be joined regardless of the limit.
      const there = present ?? (await repo.fetch(share.key));
      if (there && this.#meets(there, wanted) === "join") return this.#joined(there);
      throw refusal;
    }
    const leave = underWay.enter(share);
    let wrote: Version | null = null;
    try {
      const settled = await this.#settle(wanted, present);
      if (settled.wrote === null) return this.#joined(settled.present);
      wrote = settled.wrote;
      return { status: this.#context.statusOf(settled.download), joined: false };
    } finally {
      leave(wrote);
    }
  }

  /** The download that was written, or the existing one to join. */
  async #settle(
    wanted: Download,
    present: Stored | null,
  ): Promise<{ wrote: Version; download: Download } | { wrote: null; present: Stored }> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (present && this.#meets(present, wanted) === "join") return { wrote: null, present };
      const written = await this.#write(present, wanted);
      if (written) return { wrote: written.version, download: written.download };
      present = await this.#context.repo.fetch(keyOf(wanted));
    }
    throw new CarryoutError("unavailable", "too much contention on this slot; retry", { retriable: true });
  }

  #joined({ download }: Stored): { status: DownloadStatus; joined: boolean } {
    return { status: this.#context.statusOf(download), joined: true };
  }

  async list(user: string): Promise<Stored[]> {
    const now = this.#context.clock.now();
    const stored = await this.#context.repo.list(user);
    return stored
      .filter(({ download }) => isShown(download, now))
      .sort((a, b) => inListOrder(a.download, b.download));
  }

  /**
   * Includes records that are no longer shown, until they are swept. Reads only this record if its slot is known, even
   * its former slot: a copy may then be kept for its readers.
   */
  async find(user: string, id: string): Promise<Stored | null> {
    const { repo } = this.#context;
    const key = this.#context.keyOf(id);
    if (key === undefined) return (await this.#recordsOf(user, id))[0] ?? null;
    if (!key.startsWith(userPrefix(user))) return null;
    const stored = await repo.fetch(key);
    return stored?.download.id === id ? stored : await repo.fetch(copyKey(user, id));
  }

  async remove(user: string, id: string): Promise<boolean> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const found = await this.#recordsOf(user, id);
      if (found.length === 0) return false;
      const removals = await Promise.all(found.map((stored) => removeRecord(this.#context, stored)));
      if (!removals.every((isRemoved) => isRemoved)) continue;
      for (const { key } of found) {
        const worker = this.#context.workerPool.get(key);
        if (worker?.id === id) worker.lose(true); // the slot may have a new download by now
      }
      await this.#removeFiles(id);
      return true;
    }
    throw new CarryoutError("unavailable", "too much contention on this download; retry", {
      retriable: true,
    });
  }

  /** One record; two if a request failed while replacing it: the one in the slot, and its copy. */
  async #recordsOf(user: string, id: string): Promise<Stored[]> {
    const { repo } = this.#context;
    const key = this.#context.keyOf(id);
    if (key !== undefined && !key.startsWith(userPrefix(user))) return [];
    const stored: (Stored | null)[] =
      key === undefined
        ? await repo.list(user)
        : await Promise.all([repo.fetch(key), repo.fetch(copyKey(user, id))]);
    return stored
      .filter((found): found is Stored => found?.download.id === id)
      .sort((a, b) => Number(a.download.isReplaced ?? false) - Number(b.download.isReplaced ?? false));
  }

  /** Joins or replaces the download in the slot; fails with `download-in-progress` if it can do neither. */
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

  /**
   * Puts the wanted download into its slot, which is free or has a finished one, and claims it in the same write if
   * this node can. Null when another write came first.
   */
  async #write(
    before: Stored | null,
    wanted: Download,
  ): Promise<{ version: Version; download: Download } | null> {
    const { repo, clock, self, settings, workerPool } = this.#context;
    const place = this.#context.mayClaim(wanted.kind) ? workerPool.reserve(keyOf(wanted), wanted.kind) : null;
    const download = place ? claim(wanted, self, clock.now(), settings) : wanted;
    let version: Version | null = null;
    let isKept = false;
    try {
      isKept = before !== null && (await this.#keepForReaders(before.download));
      version = before ? await repo.update(download, before.version) : await repo.insert(download);
    } finally {
      if (version === null) place?.giveBack();
      else place?.fill({ download, version });
    }
    if (version === null) return null;
    if (before && !isKept) await this.#removeFiles(before.download.id);
    return { version, download };
  }

  /** Midway through a deploy, another node may know a kind that this one does not. */
  #cannotMake(kind: string): CarryoutError {
    if (!this.#context.isMade(kind)) return unknownKind(kind, this.#context.registry.kinds());
    return new UnavailableError(
      `kind ${JSON.stringify(kind)} is made only by other nodes; retry, another node may answer`,
    );
  }

  /**
   * Copies the record of a file that is about to lose its slot, so that its current readers can continue, on any node.
   * Before the slot is written: after a crash between the two, the copy expires before the file does.
   */
  async #keepForReaders(download: Download): Promise<boolean> {
    const { repo, clock, settings } = this.#context;
    const now = clock.now();
    const { graceMs } = settings;
    if (download.state !== "ready" || graceMs === 0 || isOver(download, now, graceMs)) return false;
    const copy = replaced(download, now, graceMs);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const there = await repo.fetch(keyOf(copy));
      if (there && !isExpired(there.download, now)) return true;
      const version = there ? await repo.update(copy, there.version) : await repo.insert(copy);
      if (version !== null) return true;
    }
    return false;
  }

  async #removeFiles(id: string): Promise<void> {
    const { files, log } = this.#context;
    await files.remove(`${id}/`).catch((error) => {
      log.warn({ download: id, error }, "the bytes of a removed download remain until the next sweep");
    });
  }
}

/** The key of the copy of a download that lost its slot. */
function copyKey(user: string, id: string): string {
  return keyOf({ user, slot: "default", id, isReplaced: true });
}

function unknownKind(kind: string, kinds: string[]): CarryoutError {
  const shown = JSON.stringify(String(kind).slice(0, 80));
  return new CarryoutError("unknown-kind", `unknown kind ${shown} (available: ${kinds.join(", ")})`, {
    details: { kinds },
  });
}
