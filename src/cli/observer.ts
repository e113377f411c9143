/** @module A look at a cluster from outside: records and living nodes, without being a node oneself. */

import { systemClock } from "../clock/system.ts";
import type { Config } from "../config.ts";
import { type Download, isFinished } from "../download/download.ts";
import { openEngine } from "../engines/open.ts";
import { CarryoutError } from "../errors.ts";
import type { Engine } from "../ports/engine.ts";
import type { NodeId } from "../ports/membership.ts";
import type { RepoEvent, Stored } from "../ports/repo.ts";
import { openLog } from "../telemetry/log.ts";
import { Cluster } from "../tracker/cluster.ts";
import { Liveness } from "../tracker/liveness.ts";
import { RunningTime } from "../tracker/running-time.ts";
import type { DownloadStatus, NodeStatus } from "../tracker/status.ts";
import { UnfinishedIndex } from "../tracker/unfinished-index.ts";
import { UnreadableRecords } from "../tracker/unreadable.ts";

export type ObserverEvent =
  | { type: "download"; status: DownloadStatus }
  | { type: "removed"; id: string }
  | { type: "nodes" };

/** Follows the repo's watch. Everything it answers is from memory, as of the last change. */
export class Observer {
  readonly engine: Engine;
  readonly unreadable = new UnreadableRecords();
  readonly #records = new Map<string, Stored>();
  readonly #liveness: Liveness;
  readonly #running: RunningTime;
  readonly #unfinished: UnfinishedIndex;
  readonly #cluster: Cluster;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<(event: ObserverEvent) => void>();
  #unseen: Set<string> | null = null;
  #failure: unknown = null;

  private constructor(engine: Engine, leaseMs: number) {
    const isAlive = (node: NodeId) => this.#liveness.isAlive(node);
    this.engine = engine;
    this.#running = new RunningTime(systemClock);
    const moment = () => ({ at: systemClock.now(), ranMs: this.#running.read() });
    this.#unfinished = new UnfinishedIndex({ isAlive, moment });
    this.#liveness = new Liveness(engine.membership, systemClock, leaseMs, (node) => this.#reconsider(node));
    this.#cluster = new Cluster(this.#unfinished, engine.membership, systemClock);
    engine.membership.watch((event) => {
      if (event.type === "left") this.#reconsider(event.node);
      this.#tell({ type: "nodes" });
    });
  }

  /** Resolves when all records have been read. `invalid-config` for an engine that has nothing to look at. */
  static async open(config: Config): Promise<Observer> {
    if (config.engine.startsWith("memory:")) {
      throw new CarryoutError(
        "invalid-config",
        "the engine memory: lives inside one process and can't be inspected from here; " +
          "give the engine of a running cluster, such as --engine sqlite:.carryout",
      );
    }
    const engine = await openEngine(config.engine, {
      clock: systemClock,
      leaseMs: config.leaseMs,
      log: openLog({ level: "error", pretty: true }),
      files: config.files,
      synchronous: config.synchronous,
      reserveBytes: config.reserveBytes,
      observer: true,
    });
    const observer = new Observer(engine, config.leaseMs);
    await new Promise<void>((resolve, reject) => {
      observer.#follow(resolve).catch(reject);
    });
    return observer;
  }

  /** Newest request first. */
  downloads(): DownloadStatus[] {
    return [...this.#records.values()]
      .map(({ download }) => this.#statusOf(download))
      .sort((a, b) => b.download.requestedAt - a.download.requestedAt);
  }

  find(id: string): DownloadStatus | null {
    const stored = this.stored(id);
    return stored && this.#statusOf(stored.download);
  }

  stored(id: string): Stored | null {
    for (const stored of this.#records.values()) {
      if (stored.download.id === id) return stored;
    }
    return null;
  }

  nodes(): NodeStatus[] {
    return this.#cluster.view().nodes;
  }

  /** For a new request: see `Unfinished`. */
  nextTicket(): number {
    return this.#unfinished.nextTicket();
  }

  /** Calls the handler for every change from now on until unsubscribed. */
  listen(handler: (event: ObserverEvent) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  /** Resolves with the first answer that is not undefined: asked now, then after every change. */
  async until<Answer>(answer: () => Answer | undefined, signal?: AbortSignal): Promise<Answer> {
    for (;;) {
      const given = answer();
      if (given !== undefined) return given;
      if (this.#failure) throw this.#failure;
      signal?.throwIfAborted();
      await this.#nextChange(signal);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#running.close();
    await this.engine.close();
  }

  #nextChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        unlisten();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const unlisten = this.listen(done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  async #follow(onSynced: () => void): Promise<void> {
    try {
      for await (const event of this.engine.repo.watch(this.#closed.signal)) {
        this.#apply(event);
        if (event.type === "synced") onSynced();
      }
    } catch (error) {
      this.#failure = error;
      this.#tell({ type: "nodes" });
      throw error;
    }
  }

  #apply(event: RepoEvent): void {
    this.#unfinished.apply(event);
    this.unreadable.apply(event);
    if (event.type === "begin") this.#unseen = new Set(this.#records.keys());
    else if (event.type === "put") this.#put(event);
    else if (event.type === "remove") this.#remove(event.key);
    else {
      for (const key of this.#unseen ?? []) this.#remove(key);
      this.#unseen = null;
    }
  }

  #put({ key, version, download }: Stored): void {
    this.#unseen?.delete(key);
    if (download.isReplaced) return;
    const before = this.#records.get(key)?.download;
    this.#records.set(key, { key, version, download });
    if (before && before.id !== download.id) this.#tell({ type: "removed", id: before.id });
    this.#tell({ type: "download", status: this.#statusOf(download) });
  }

  #remove(key: string): void {
    const before = this.#records.get(key);
    if (!this.#records.delete(key) || !before) return;
    this.#tell({ type: "removed", id: before.download.id });
  }

  #reconsider(node: NodeId): void {
    this.#unfinished.reconsider(node);
    this.#tell({ type: "nodes" });
  }

  #tell(event: ObserverEvent): void {
    for (const handler of [...this.#listeners]) handler(event);
  }

  /** As a node would say it, without an estimate for those who wait: that takes a node's experience. */
  #statusOf(download: Download): DownloadStatus {
    const { node } = download;
    if (isFinished(download)) return { download, node, position: null, etaMs: 0 };
    if (node !== null && this.#liveness.isAlive(node)) {
      return { download, node, position: null, etaMs: download.progress.etaMs };
    }
    return { download, node: null, position: this.#unfinished.line.position(download), etaMs: null };
  }
}

/** Opens an observer for the time of one action. */
export async function withObserver<Result>(
  config: Config,
  action: (observer: Observer) => Promise<Result>,
): Promise<Result> {
  const observer = await Observer.open(config);
  try {
    return await action(observer);
  } finally {
    await observer.close();
  }
}
