/** @module One node's tracker: assembles its parts and passes calls on to them. */

import type { Download, StoredFile } from "../download/download.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import type { Executor } from "../generator/executor.ts";
import type { Registry } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import type { ByteRange } from "../ports/file-store.ts";
import { type Member, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Log } from "../telemetry/log.ts";
import { Archiver } from "./archiver.ts";
import type { Asked, Carryout, ListPage, StartRequest } from "./carryout.ts";
import { Cluster } from "./cluster.ts";
import { ClusterCapacity, hasPlacesFor, lineOf } from "./cluster-capacity.ts";
import { readFile } from "./delivery.ts";
import { DownloadReads } from "./download-reads.ts";
import { drainNode } from "./drain-node.ts";
import { Feed } from "./feed.ts";
import { KindAvailability } from "./kind-availability.ts";
import { Liveness } from "./liveness.ts";
import { recordMissing } from "./missing.ts";
import { noticeOf } from "./notices.ts";
import { OverdueDownloads } from "./overdue-downloads.ts";
import { Requests } from "./requests.ts";
import { Revisions } from "./revisions.ts";
import { RunningTime } from "./running-time.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import { shortageOf } from "./shortage.ts";
import { SilentHolders } from "./silent-holders.ts";
import { SlotIndex } from "./slot-index.ts";
import type { DownloadStatus } from "./status.ts";
import { StatusReader } from "./status-reader.ts";
import { Subscribers } from "./subscribers.ts";
import { Supervisor } from "./supervisor.ts";
import { Sweeper } from "./sweeper.ts";
import { UnfinishedIndex } from "./unfinished-index.ts";
import { UnreadableRecords } from "./unreadable.ts";
import { WorkFollower } from "./work-follower.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface CarryoutOptions {
  engine: Engine;
  registry: Registry;
  executor: Executor;
  clock: Clock;
  log: Log;
  self: Pick<Member, "name" | "url" | "pid" | "version" | "capacity" | "inlineCapacity">;
  settings?: Partial<Settings>;
}

/** Most progress writes per second, for all downloads of a node together. */
const MOST_TICKS_PER_SECOND = 1_000;

/** The default limit of a list. */
const DEFAULT_PAGE = 100;

/** Made by `openCarryout`. */
export class Node implements Carryout {
  readonly name: string;
  readonly #self: Member;
  readonly #id: NodeId;
  readonly #options: CarryoutOptions;
  readonly #settings: Settings;
  readonly #running: RunningTime;
  readonly #kindAvailability: KindAvailability;
  readonly #revisions: Revisions;
  readonly #unfinished: UnfinishedIndex;
  readonly #liveness: Liveness;
  readonly #statusReader: StatusReader;
  readonly #reads: DownloadReads;
  readonly #archiver: Archiver;
  readonly #workFollower: WorkFollower;
  readonly #workerPool: WorkerPool;
  readonly #supervisor: Supervisor;
  readonly #sweeper: Sweeper;
  readonly #overdueDownloads: OverdueDownloads;
  readonly #requests: Requests;
  readonly #subscribers: Subscribers;
  readonly #cluster: Cluster;
  readonly #silentHolders: SilentHolders;
  readonly #feed: Feed;
  readonly #closed = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #isWarm = false;
  #draining: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: CarryoutOptions) {
    const { engine, registry, executor, clock, self, log } = options;
    const { repo, files, membership } = engine;
    this.#options = options;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const kinds = registry.kinds().filter((kind) => hasPlacesFor(registry, self, kind));
    const others = registry.kinds().filter((kind) => !kinds.includes(kind));
    if (others.length > 0)
      log.warn({ kinds: others }, "this node can't make inline kinds: inlineCapacity is 0");
    this.#self = { ...self, incarnation: clock.id().slice(0, 12), draining: false, kinds, revisions: {} };
    this.#id = nodeIdOf(this.#self);
    this.name = self.name;
    const settings = this.#settings;
    const isAlive = (node: NodeId) => this.#liveness.isAlive(node);
    const slotIndex = new SlotIndex();
    const unreadable = new UnreadableRecords(({ key, reason }) => {
      log.error({ key, reason }, "unreadable record skipped");
    });
    this.#running = new RunningTime(clock);
    const running = this.#running;
    const moment = () => ({ at: clock.now(), ranMs: running.read() });
    this.#kindAvailability = new KindAvailability(membership, moment);
    this.#revisions = new Revisions(registry);
    this.#unfinished = new UnfinishedIndex({ isAlive, lineOf: lineOf(registry), moment });
    this.#liveness = new Liveness(membership, clock, settings.leaseMs, (node) => this.#feed.reconsider(node));
    const places = new ClusterCapacity(this.#unfinished, membership, registry);
    const noticing = {
      ...{ membership, running },
      unfinished: this.#unfinished,
      kindAvailability: this.#kindAvailability,
      revisions: this.#revisions,
    };
    this.#statusReader = new StatusReader(this.#unfinished, places, isAlive, (it) => noticeOf(noticing, it));
    const statusOf = (download: Download) => this.#statusReader.of(download);
    this.#workFollower = new WorkFollower(repo.work, log);
    this.#cluster = new Cluster(this.#unfinished, membership, clock, this.#workFollower);
    this.#reads = new DownloadReads({
      repo,
      clock,
      keyOf: (id) => slotIndex.of(id),
      isUnfinished: (id) => this.#unfinished.ofId(id) !== undefined,
    });
    const reads = this.#reads;
    this.#subscribers = new Subscribers({ reads, work: this.#workFollower, clock, statusOf });
    this.#archiver = new Archiver({ self: this.#id, repo, files, membership, clock, log, settings });
    const archiver = this.#archiver;
    const tickMs = () => Math.max(settings.tickMs, (this.#workerPool.size * 1000) / MOST_TICKS_PER_SECOND);
    const onChanged = () => void this.drain();
    const workerContext = {
      ...{ repo, files, executor, clock, running, log, settings, archiver },
      tickMs,
      onChanged,
    };
    const capacity = { process: self.capacity, inline: self.inlineCapacity };
    this.#workerPool = new WorkerPool(registry, workerContext, capacity, () => this.#supervisor.look());
    const shared = {
      self: this.#id,
      repo,
      files,
      clock,
      log,
      settings,
      registry,
      workerPool: this.#workerPool,
      reads,
      archiver,
      revisions: this.#revisions,
    };
    this.#supervisor = new Supervisor({
      ...shared,
      running,
      unfinished: this.#unfinished,
      places,
      isAlive,
    });
    this.#requests = new Requests({
      ...shared,
      unfinished: this.#unfinished,
      isMade: (kind) => this.#kindAvailability.isMade(kind),
      mayClaim: (kind) => this.#mayClaim(kind),
      statusOf,
    });
    this.#sweeper = new Sweeper({
      ...shared,
      membership,
      running,
      unfinished: this.#unfinished,
      isFull: () => this.#shortage() !== null,
    });
    this.#overdueDownloads = new OverdueDownloads({
      ...shared,
      membership,
      running,
      unfinished: this.#unfinished,
      kindAvailability: this.#kindAvailability,
      timeoutMsOf: (kind) => registry.get(kind)?.timeoutMs ?? null,
    });
    this.#silentHolders = new SilentHolders({
      work: this.#workFollower,
      unfinished: this.#unfinished,
      liveness: this.#liveness,
    });
    this.#feed = new Feed({
      ...shared,
      silentHolders: this.#silentHolders,
      liveness: this.#liveness,
      unreadable,
      unfinished: this.#unfinished,
      slotIndex,
      statusReader: this.#statusReader,
      subscribers: this.#subscribers,
      cluster: this.#cluster,
      supervisor: this.#supervisor,
    });
  }

  async open(): Promise<void> {
    const { membership } = this.#options.engine;
    this.#unsubscribe.push(
      membership.watch((event) => {
        this.#liveness.apply(event);
        this.#kindAvailability.refresh();
        this.#feed.reconsider(event.type === "left" ? event.node : nodeIdOf(event.member));
      }),
    );
    await membership.join(this.#self, () => void this.drain()); // drain is the only command
    await new Promise<void>((resolve, reject) => {
      this.#feed.follow(this.#closed.signal, resolve).catch(reject);
    });
    void this.#beginToMake();
    void this.#sweeper.run();
    void this.#overdueDownloads.run();
  }

  /** A node serves at once, and claims once its processes have loaded the generators. */
  async #beginToMake(): Promise<void> {
    const { executor, log, engine } = this.#options;
    try {
      this.#revisions.learn(await executor.ready());
    } catch (error) {
      return log.error({ error }, "generators can't be loaded: this node can't make any file");
    }
    if (this.#draining) return;
    const revisions = this.#revisions.all();
    void this.#tell("of this revision", engine.membership.update({ revisions }));
    this.#isWarm = true;
    this.#supervisor.open();
  }

  /** Refuses requests whose files could not be stored. */
  async start(asked: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }> {
    this.#throwIfClosed();
    this.#throwIfFull();
    return this.#requests.start(asked);
  }

  async retry(user: string, id: string): Promise<{ status: DownloadStatus; joined: boolean } | null> {
    this.#throwIfClosed();
    this.#throwIfFull();
    return this.#requests.retry(user, id);
  }

  async fetch(user: string, id: string): Promise<DownloadStatus | null> {
    this.#throwIfClosed();
    const found = await this.#reads.find(user, id);
    return found && this.#statusReader.of(found.download);
  }

  async list(user: string, { limit = DEFAULT_PAGE, after }: ListPage = {}): Promise<DownloadStatus[]> {
    this.#throwIfClosed();
    const found = await this.#reads.list(user, limit, after ?? null);
    return found.map(({ download }) => this.#statusReader.of(download));
  }

  remove(user: string, id: string): Promise<boolean> {
    this.#throwIfClosed();
    return this.#requests.remove(user, id);
  }

  removeAll(user: string): Promise<number> {
    this.#throwIfClosed();
    return this.#requests.removeAll(user);
  }

  watch(user: string, signal: AbortSignal) {
    this.#throwIfClosed();
    return this.#subscribers.watch(user, signal);
  }

  read(file: StoredFile, range?: ByteRange): AsyncIterable<Uint8Array> {
    this.#throwIfClosed();
    return readFile(this.#options.engine.files, file, range);
  }

  async reportMissing(user: string, id: string): Promise<void> {
    this.#throwIfClosed();
    const found = await this.#reads.find(user, id);
    const { repo, files } = this.#options.engine;
    const { clock, log } = this.#options;
    const context = { repo, files, clock, log, settings: this.#settings, archiver: this.#archiver };
    if (found) await recordMissing(context, found);
  }

  kinds(): string[] {
    return this.#options.registry.kinds();
  }

  offers() {
    return this.#options.registry.all().flatMap(({ kind, offer }) => (offer ? [{ ...offer, kind }] : []));
  }

  cluster() {
    return this.#cluster.view();
  }

  watchCluster(signal: AbortSignal) {
    return this.#cluster.watch(signal);
  }

  drainNode(name: string): Promise<Asked> {
    return drainNode(this.#options.engine.membership, name);
  }

  get draining(): boolean {
    return this.#draining !== null;
  }

  trouble(): string | null {
    if (this.#closing) return "this node is closed";
    if (!this.#feed.isSynced) return "this node is still reading the slots";
    return this.#options.engine.trouble() ?? this.#shortage();
  }

  /** Stops claiming, tells the others, hands over its work. The node keeps answering. */
  drain(): Promise<void> {
    this.#draining ??= this.#drainOnce();
    return this.#draining;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #drainOnce(): Promise<void> {
    this.#self.draining = true;
    this.#supervisor.close();
    this.#options.log.info({ node: this.#id, running: this.#workerPool.size }, "draining");
    await this.#tell("draining", this.#options.engine.membership.update({ draining: true }));
    await this.#workerPool.drain();
  }

  async #closeOnce(): Promise<void> {
    await this.drain();
    this.#supervisor.end();
    this.#sweeper.close();
    this.#overdueDownloads.close();
    this.#running.close();
    await this.#archiver.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#tell("gone", this.#options.engine.membership.leave());
    this.#closed.abort();
    this.#subscribers.close();
    this.#cluster.close();
    this.#workFollower.close();
  }

  /** The others find out eventually, at the latest when our lease expires: handing over does not depend on it. */
  async #tell(what: string, telling: Promise<void>): Promise<void> {
    await telling.catch((error) => {
      const { log } = this.#options;
      log.warn({ node: this.#id, error }, `peers can't be told that this node is ${what}`);
    });
  }

  #throwIfFull(): void {
    const shortage = this.#shortage();
    if (shortage !== null) throw new UnavailableError(shortage);
  }

  /** Why there is no space for anything new, or null. */
  #shortage(): string | null {
    return shortageOf(this.#options.engine);
  }

  #mayClaim(kind: string): boolean {
    return (
      this.#isWarm &&
      this.#feed.isSynced &&
      !this.#draining &&
      this.#unfinished.line.forKind(kind).length === 0
    );
  }

  #throwIfClosed(): void {
    if (this.#closing) {
      throw new CarryoutError("closed", `node ${this.name} is closed`, { retriable: true });
    }
  }
}
