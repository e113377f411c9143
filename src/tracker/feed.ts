/** @module Applies the events of the repo's watch to a node's views, in the required order. */

import type { NodeId } from "../ports/membership.ts";
import type { Repo, RepoEvent } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { Cluster } from "./cluster.ts";
import type { Liveness } from "./liveness.ts";
import type { SlotIndex } from "./slot-index.ts";
import type { StatusReader } from "./status-reader.ts";
import type { Subscribers } from "./subscribers.ts";
import type { Supervisor } from "./supervisor.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import type { UnreadableRecords } from "./unreadable.ts";
import type { WorkerPool } from "./worker-pool.ts";

export interface FeedContext {
  self: NodeId;
  repo: Repo;
  log: Log;
  liveness: Liveness;
  unreadable: UnreadableRecords;
  unfinished: UnfinishedIndex;
  slotIndex: SlotIndex;
  statusReader: StatusReader;
  workerPool: WorkerPool;
  subscribers: Subscribers;
  cluster: Cluster;
  supervisor: Supervisor;
}

export class Feed {
  readonly #context: FeedContext;
  #isSynced = false;
  /** A snapshot is coming in. */
  #isReading = true;

  constructor(context: FeedContext) {
    this.#context = context;
  }

  /** False until all records were read, and while they can't be followed. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Applies the watch until the signal aborts; calls back at each `synced`. Rejects when it ends before the first. */
  async follow(signal: AbortSignal, onSynced: () => void): Promise<void> {
    const { repo, log } = this.#context;
    try {
      for await (const event of repo.watch(signal)) {
        this.#apply(event);
        if (event.type !== "synced") continue;
        this.#isSynced = true;
        onSynced();
      }
    } catch (error) {
      if (!this.#isSynced) throw error;
      this.#isSynced = false;
      log.error({ error }, "the records can no longer be followed");
    }
  }

  /** A node died, came back or changed. */
  reconsider(node: NodeId): void {
    this.#context.unfinished.reconsider(node);
    this.#context.cluster.changed();
    this.#lineMoved();
  }

  #apply(event: RepoEvent): void {
    const { unreadable, unfinished, subscribers, cluster } = this.#context;
    // First, because the index asks which nodes are alive.
    this.#noticeWriter(event);
    unreadable.apply(event);
    // Before everything that asks for positions in the queue.
    const isMoved = unfinished.apply(event);
    // Before the subscribers, whose estimates it makes.
    this.#noticeDownload(event);
    // After the index, which has dropped removed downloads by now.
    if (event.type === "synced") this.#confirmUnseen();
    // Before the supervisor, which may use the capacity that this frees.
    this.#dismissSuperseded(event);
    subscribers.apply(event);
    cluster.changed();
    if (isMoved) this.#lineMoved();
  }

  #lineMoved(): void {
    this.#context.supervisor.look();
    this.#context.subscribers.lineMoved();
  }

  /** The holder wrote a record in progress. Records in a snapshot may have been written long ago. */
  #noticeWriter(event: RepoEvent): void {
    if (event.type === "begin" || event.type === "synced") this.#isReading = event.type === "begin";
    if (event.type !== "put" || this.#isReading) return;
    const { node, state } = event.download;
    const { self, liveness } = this.#context;
    if (node !== null && state === "processing" && node !== self) liveness.sawWriting(node);
  }

  #noticeDownload(event: RepoEvent): void {
    if (event.type !== "put") return;
    const { slotIndex, statusReader } = this.#context;
    if (!event.download.isReplaced) slotIndex.note(event.download.id, event.key);
    statusReader.notice(event.download);
  }

  /** A worker whose record is gone or has another holder should not have to wait for its next write to find out. */
  #dismissSuperseded(event: RepoEvent): void {
    if (event.type !== "put" && event.type !== "remove") return;
    const worker = this.#context.workerPool.get(event.key);
    if (!worker) return;
    if (event.type === "remove") {
      // An unreadable record may be from a later version, whose bytes are not ours to remove.
      if (event.version > worker.version) worker.lose(event.unreadable === undefined);
    } else if (event.download.id !== worker.id) {
      if (event.version > worker.version) worker.lose(true);
    } else if (event.download.epoch > worker.epoch) {
      worker.lose(false);
    }
  }

  /** Our downloads that the restarted feed did not contain: removed while it was down, or claimed a moment ago. */
  #confirmUnseen(): void {
    const { workerPool, unfinished } = this.#context;
    for (const worker of workerPool.workers()) {
      if (unfinished.get(worker.key)?.id !== worker.id) void worker.confirm();
    }
  }
}
