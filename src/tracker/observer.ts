/** @module The façade for operators: observes a cluster from outside and sends it requests, without being a node. */

import { type Checkpoint, isFinished, type StoredFile } from "../download/download.ts";
import { downloadKey, keyOf as slotKeyOf } from "../download/key.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import { type Registry, registryOf } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import type { ByteRange } from "../ports/file-store.ts";
import { type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { Log } from "../telemetry/log.ts";
import { AllDownloads } from "./all-downloads.ts";
import { Archiver } from "./archiver.ts";
import type { Asked, Carryout, StartRequest } from "./carryout.ts";
import { Cluster } from "./cluster.ts";
import { ClusterCapacity } from "./cluster-capacity.ts";
import { readFile } from "./delivery.ts";
import { DownloadReads } from "./download-reads.ts";
import { drainNode } from "./drain-node.ts";
import { HistorySizes } from "./history-sizes.ts";
import { Liveness } from "./liveness.ts";
import { Requests } from "./requests.ts";
import { Revisions } from "./revisions.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { Shares } from "./shares.ts";
import { shortageOf } from "./shortage.ts";
import type { ClusterView, DownloadStatus } from "./status.ts";
import { StatusReader } from "./status-reader.ts";
import { UnderWay } from "./under-way.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";
import { type UnreadableRecord, UnreadableRecords } from "./unreadable.ts";
import { WorkFollower } from "./work-follower.ts";

export interface ObserverOptions {
  /** Opened as an observer; the caller closes it. */
  engine: Engine;
  clock: Clock;
  log: Log;
  leaseMs: number;
  /** Checks the parameters of requests. Without it, every kind is unknown. */
  registry?: Registry;
}

export type ObserverEvent =
  | { type: "download"; status: DownloadStatus }
  | { type: "removed"; id: string }
  | { type: "nodes" };

/** The parts that an observer shares with a node. */
type Shared = Pick<Carryout, "start" | "remove" | "read" | "cluster" | "drainNode" | "trouble" | "close">;

/** How long a write may take to arrive by the repo's watch. */
const SEEN_MS = 5_000;
const MOST_MATCHING = 100;

/** Resolves when all records have been read. Never joins the cluster or claims anything. */
export async function openObserver(options: ObserverOptions): Promise<Observer> {
  const observer = new Observer(options);
  await observer.open();
  return observer;
}

/** Follows the repo's watch: answers about downloads and nodes come from memory, as of the last change. */
export class Observer implements Shared {
  readonly #options: ObserverOptions;
  readonly #all: AllDownloads;
  readonly #unreadable = new UnreadableRecords();
  readonly #liveness: Liveness;
  readonly #running: RunningTime;
  readonly #unfinished: UnfinishedIndex;
  readonly #workFollower: WorkFollower;
  readonly #cluster: Cluster;
  readonly #statusReader: StatusReader;
  /** Whose history was read; null for none. */
  #read: { user: string | null } | null = null;
  readonly #requests: Requests;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<(event: ObserverEvent) => void>();
  #unsubscribe = () => {};
  #failure: unknown = null;

  constructor(options: ObserverOptions) {
    const { engine, clock, log, leaseMs, registry = registryOf([]) } = options;
    const { repo, files, membership } = engine;
    this.#options = options;
    const isAlive = (node: NodeId) => this.#liveness.isAlive(node);
    this.#running = new RunningTime(clock);
    const moment = () => ({ at: clock.now(), ranMs: this.#running.read() });
    this.#unfinished = new UnfinishedIndex({ isAlive, moment });
    this.#liveness = new Liveness(membership, clock, leaseMs, (node) => this.#reconsider(node));
    this.#workFollower = new WorkFollower(repo.work, log);
    this.#cluster = new Cluster(this.#unfinished, membership, clock, this.#workFollower);
    const capacity = new ClusterCapacity(this.#unfinished, membership, registry);
    this.#statusReader = new StatusReader({ unfinished: this.#unfinished, places: capacity, clock, isAlive });
    this.#all = new AllDownloads(repo, {
      put: (download) => this.#tell({ type: "download", status: this.#statusReader.of(download) }),
      removed: (id) => this.#tell({ type: "removed", id }),
    });
    const self = "observer/observer";
    const settings = DEFAULT_SETTINGS;
    const keyOf = (id: string) => {
      const download = this.#all.find(id);
      return download ? slotKeyOf(download) : undefined;
    };
    const reads = new DownloadReads({
      repo,
      clock,
      keyOf,
      isUnfinished: (id) => this.#unfinished.ofId(id) !== undefined,
    });
    this.#requests = new Requests({
      self,
      reads,
      archiver: new Archiver({
        ...{ self, repo, files, membership, clock, log, settings },
        sizes: new HistorySizes(),
      }),
      repo,
      files,
      clock,
      log,
      settings,
      registry,
      workerPool: { get: () => undefined, reserve: () => null },
      revisions: new Revisions(registry),
      // No limits: operators are trusted.
      unfinished: { nextTicket: () => this.#unfinished.nextTicket(), underWay: new UnderWay(new Shares()) },
      isMade: () => false, // only a generator known to the observer can check parameters
      mayClaim: () => false,
      statusOf: (download) => this.#statusReader.of(download),
    });
  }

  async open(): Promise<void> {
    const { ready } = this.#workFollower.follow(null, {
      apply: (event) => this.#all.applyWork(event),
      restarted: () => this.#restarted(),
      failed: () => this.#fail(new UnavailableError("the work on downloads can't be followed")),
    });
    this.#unsubscribe = this.#options.engine.membership.watch((event) => {
      this.#liveness.apply(event);
      if (event.type === "foretold") return;
      this.#reconsider(event.type === "left" ? event.node : nodeIdOf(event.member));
    });
    await new Promise<void>((resolve, reject) => {
      this.#follow(resolve).catch(reject);
    });
    await ready;
  }

  /**
   * Reads the history, of one user or of all: the newest of it are among `downloads` from then on. True if some were left
   * out.
   */
  readHistory(user: string | null = null): Promise<boolean> {
    this.#read = { user };
    return this.#all.readHistory(user);
  }

  /**
   * Those whose id begins with this, of any age, or only the one that has this id; at most 100. They are among
   * `downloads` from then on.
   */
  async matching(start: string): Promise<DownloadStatus[]> {
    const { history } = this.#options.engine.repo;
    const archived = this.#all.find(start) ? null : await history.find(start);
    if (archived?.stored) this.#all.add(archived.stored.download);
    const exact = this.find(start);
    if (exact) return [exact];
    const near = () => this.downloads().filter(({ download }) => download.id.startsWith(start));
    let left = MOST_MATCHING - near().length;
    for await (const { download } of history.all()) {
      if (left <= 0) break;
      if (!download.id.startsWith(start) || this.#all.find(download.id)) continue;
      this.#all.add(download);
      left--;
    }
    return near();
  }

  /** Of all users, newest request first: those in slots, those that finished since it was opened, see `readHistory`. */
  downloads(): DownloadStatus[] {
    return [...this.#all]
      .map((download) => this.#statusReader.of(download))
      .sort((a, b) => b.download.requestedAt - a.download.requestedAt);
  }

  find(id: string): DownloadStatus | null {
    const download = this.#all.find(id);
    return download && this.#statusReader.of(download);
  }

  /** The stored checkpoint from which an unfinished download would resume. */
  async checkpointOf({ user, id }: { user: string; id: string }): Promise<Checkpoint | null> {
    const { saved } = await this.#options.engine.repo.work.fetch(downloadKey(user, id));
    return saved?.value.checkpoint ?? null;
  }

  /** The slots that can't be read. */
  unreadable(): UnreadableRecord[] {
    return this.#unreadable.list();
  }

  /** By the usual rules, but without limits; written as pending, for a node to claim. It is then among `downloads`. */
  async start(asked: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }> {
    const { status, joined } = await this.#requests.start(asked);
    const { id } = status.download;
    if (isFinished(status.download)) this.#all.add(status.download);
    const patience = new AbortController();
    const cancel = this.#options.clock.after(SEEN_MS, () => patience.abort());
    try {
      return { status: await this.until(() => this.find(id) ?? undefined, patience.signal), joined };
    } catch (cause) {
      const message = `${id} was accepted, but its record did not appear`;
      throw new CarryoutError("unavailable", message, { retriable: true, cause });
    } finally {
      cancel();
    }
  }

  remove(user: string, id: string): Promise<boolean> {
    return this.#requests.remove(user, id);
  }

  read(file: StoredFile, range?: ByteRange): AsyncIterable<Uint8Array> {
    return readFile(this.#options.engine.files, file, range);
  }

  cluster(): ClusterView {
    return this.#cluster.view();
  }

  drainNode(name: string): Promise<Asked> {
    return drainNode(this.#options.engine.membership, name);
  }

  trouble(): string | null {
    return this.#options.engine.trouble() ?? shortageOf(this.#options.engine);
  }

  /** Calls the handler for every change from now on, until unsubscribed. */
  listen(handler: (event: ObserverEvent) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  /** Resolves with the first result that is not undefined: checked now, then after every change. */
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
    this.#unsubscribe();
    this.#running.close();
    this.#cluster.close();
    this.#workFollower.close();
  }

  /** The feed of work was down: the history may have changed. */
  #restarted(): void {
    if (this.#read) void this.#all.readHistory(this.#read.user).catch(() => undefined);
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
      for await (const event of this.#options.engine.repo.slots.watch(this.#closed.signal)) {
        this.#apply(event);
        if (event.type === "synced") onSynced();
      }
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#tell({ type: "nodes" });
  }

  #apply(event: SlotEvent): void {
    this.#unfinished.apply(event);
    this.#unreadable.apply(event);
    this.#all.applySlot(event);
  }

  #reconsider(node: NodeId): void {
    this.#unfinished.reconsider(node);
    this.#tell({ type: "nodes" });
  }

  #tell(event: ObserverEvent): void {
    for (const handler of [...this.#listeners]) handler(event);
  }
}
