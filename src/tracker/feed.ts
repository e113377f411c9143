/** @module Applies slot events to a node's views, in the required order. */

import type { NodeId } from "../ports/membership.ts";
import type { Repo } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Log } from "../telemetry/log.ts";
import type { Activity } from "./activity.ts";
import type { Archiver } from "./archiver.ts";
import type { Cluster } from "./cluster.ts";
import type { DurationSamples } from "./duration-samples.ts";
import type { Liveness } from "./liveness.ts";
import type { RecentSlots } from "./recent-slots.ts";
import type { SilentHolders } from "./silent-holders.ts";
import type { SlotIndex } from "./slot-index.ts";
import type { StatusReader } from "./status-reader.ts";
import type { Subscribers } from "./subscribers.ts";
import type { Supervisor } from "./supervisor.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import type { UnreadableRecords } from "./unreadable.ts";
import type { Worker } from "./worker.ts";
import type { WorkerPool } from "./worker-pool.ts";

type Put = Extract<SlotEvent, { type: "put" }>;

export interface FeedContext {
  self: NodeId;
  repo: Repo;
  log: Log;
  liveness: Liveness;
  unreadable: UnreadableRecords;
  unfinished: UnfinishedIndex;
  recentSlots: RecentSlots;
  slotIndex: SlotIndex;
  statusReader: StatusReader;
  durationSamples: DurationSamples;
  workerPool: WorkerPool;
  subscribers: Subscribers;
  cluster: Cluster;
  supervisor: Supervisor;
  archiver: Archiver;
  silentHolders: SilentHolders;
  activity: Pick<Activity, "look">;
}

export class Feed {
  readonly #context: FeedContext;
  #isSynced = false;
  /** True while a snapshot is being read. */
  #isReading = true;

  constructor(context: FeedContext) {
    this.#context = context;
  }

  /** False until all slots have been read, and once they can no longer be followed. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Applies the watch until the signal aborts; calls back at each `synced`. Rejects when it ends before the first. */
  async follow(signal: AbortSignal, onSynced: () => void): Promise<void> {
    const { repo, log } = this.#context;
    try {
      for await (const event of repo.slots.watch(signal)) {
        this.#apply(event);
        if (event.type !== "synced") continue;
        this.#isSynced = true;
        onSynced();
      }
    } catch (error) {
      if (!this.#isSynced) throw error;
      this.#isSynced = false;
      log.error({ error }, "the slots can no longer be followed");
    }
  }

  /** A node died, came back or changed. */
  reconsider(node: NodeId): void {
    this.#context.unfinished.reconsider(node);
    this.#context.silentHolders.refresh();
    this.#context.cluster.changed();
    this.#lineMoved();
  }

  /** A node has foretold when its places will be free: those who wait see another estimate. */
  foretold(): void {
    if (this.#context.unfinished.line.length > 0) this.#context.subscribers.lineMoved();
  }

  #apply(event: SlotEvent): void {
    const { unreadable, unfinished, recentSlots, subscribers, cluster, archiver } = this.#context;
    // First, because the index depends on liveness.
    this.#noticeWriter(event);
    unreadable.apply(event);
    const left = event.type === "remove" ? unfinished.get(event.key) : undefined;
    recentSlots.apply(event);
    // Before everything that asks for positions in the queue.
    const isMoved = unfinished.apply(event);
    // Before the subscribers, whose estimates it makes.
    this.#noticeDownload(event);
    if (left) void this.#context.durationSamples.left(left);
    // After the index, which has dropped removed downloads by now.
    if (event.type === "synced") this.#confirmUnseen();
    // Before the supervisor, which may use the capacity that this frees.
    this.#dismissSuperseded(event);
    subscribers.apply(event);
    archiver.apply(event);
    cluster.changed();
    if (!isMoved) return;
    this.#context.activity.look(unfinished.heldBy(this.#context.self).size, unfinished.line.length);
    this.#context.silentHolders.refresh();
    this.#lineMoved();
  }

  #lineMoved(): void {
    this.#context.supervisor.look();
    this.#context.subscribers.lineMoved();
  }

  /** The holder of an unfinished slot wrote it just now. Records of a snapshot may have been written long ago. */
  #noticeWriter(event: SlotEvent): void {
    if (event.type === "begin" || event.type === "synced") this.#isReading = event.type === "begin";
    if (event.type !== "put" || this.#isReading) return;
    const { node, state } = event.download;
    const { self, liveness } = this.#context;
    if (node !== null && state === "processing" && node !== self) liveness.sawWriting(node);
  }

  #noticeDownload(event: SlotEvent): void {
    if (event.type !== "put") return;
    const { slotIndex, statusReader } = this.#context;
    slotIndex.note(event.download.id, event.key);
    statusReader.notice(event.download);
  }

  /** Stops a worker whose record has another holder or is gone, before its next write fails. */
  #dismissSuperseded(event: SlotEvent): void {
    if (event.type !== "put" && event.type !== "remove") return;
    const worker = this.#context.workerPool.get(event.key);
    if (!worker) return;
    if (event.type === "remove") {
      // An unreadable record may be from a later version, whose bytes this version must not remove.
      if (event.version > worker.version) worker.lose(event.unreadable === undefined);
    } else if (event.download.id !== worker.id) {
      if (event.version > worker.version) worker.lose(true);
    } else if (event.download.epoch > worker.epoch || this.#isForgotten(event, worker)) {
      worker.lose(false);
    }
  }

  /** A store that lost our claim in a failover has a later record without it. */
  #isForgotten({ version, download: { epoch, node } }: Put, worker: Worker): boolean {
    const isOthers = node !== null && node !== this.#context.self;
    return version > worker.version && (epoch < worker.epoch || isOthers);
  }

  /** Our downloads that the restarted feed did not contain: removed while it was down, or claimed a moment ago. */
  #confirmUnseen(): void {
    const { workerPool, unfinished } = this.#context;
    for (const worker of workerPool.workers()) {
      if (unfinished.get(worker.key)?.id !== worker.id) void worker.confirm();
    }
  }
}
