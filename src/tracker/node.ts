/** @module One node's tracker: opens and closes its parts, and passes calls on to them. */

import type { StoredFile } from "../download/download.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import type { Executor } from "../generator/executor.ts";
import type { Registry } from "../generator/registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import type { ByteRange, FileHeaders } from "../ports/file-store.ts";
import { type Member, NOTHING_FORETOLD, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Log } from "../telemetry/log.ts";
import type { Asked, Carryout, ListPage, StartRequest } from "./carryout.ts";
import { hasPlacesFor } from "./cluster-capacity.ts";
import { addressOf, readFile } from "./delivery.ts";
import { drainNode } from "./drain-node.ts";
import { recordMissing } from "./missing.ts";
import { type NodeParts, nodeParts } from "./node-parts.ts";
import { NodeOperations } from "./operations.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import { shortageOf } from "./shortage.ts";
import type { DownloadStatus } from "./status.ts";

export interface CarryoutOptions {
  engine: Engine;
  registry: Registry;
  executor: Executor;
  clock: Clock;
  log: Log;
  self: Pick<Member, "name" | "url" | "pid" | "version" | "capacity" | "inlineCapacity">;
  settings?: Partial<Settings>;
}

/** The default limit of a list. */
const DEFAULT_PAGE = 100;

/** Made by `openCarryout`. */
export class Node implements Carryout {
  readonly name: string;
  readonly operations: NodeOperations;
  readonly #self: Member;
  readonly #id: NodeId;
  readonly #options: CarryoutOptions;
  readonly #settings: Settings;
  readonly #parts: NodeParts;
  readonly #closed = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #isWarm = false;
  #draining: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: CarryoutOptions) {
    const { registry, clock, self, log } = options;
    this.#options = options;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const kinds = registry.kinds().filter((kind) => hasPlacesFor(registry, self, kind));
    const others = registry.kinds().filter((kind) => !kinds.includes(kind));
    if (others.length > 0)
      log.warn({ kinds: others }, "this node can't make inline kinds: inlineCapacity is 0");
    const incarnation = clock.id().slice(0, 12);
    const nothingYet = { draining: false, revisions: {}, freeInMs: NOTHING_FORETOLD };
    this.#self = { ...self, ...nothingYet, incarnation, startedAt: clock.now(), kinds };
    this.#id = nodeIdOf(this.#self);
    this.name = self.name;
    this.#parts = nodeParts({
      ...options,
      settings: this.#settings,
      member: this.#self,
      isClaiming: () => this.#isWarm && !this.#draining,
      onChanged: () => void this.drain(),
    });
    this.operations = new NodeOperations({
      ...this.#parts,
      repo: options.engine.repo,
      statusOf: (download) => this.#parts.statusReader.of(download),
      retry: (user, id) => this.retry(user, id),
      checkOpen: () => this.#throwIfClosed(),
    });
  }

  async open(): Promise<void> {
    const { membership } = this.#options.engine;
    this.#unsubscribe.push(
      membership.watch((event) => {
        this.#parts.liveness.apply(event);
        if (event.type === "foretold") return this.#parts.feed.foretold();
        this.#parts.kindAvailability.refresh();
        this.#parts.feed.reconsider(event.type === "left" ? event.node : nodeIdOf(event.member));
      }),
    );
    const onAsked = () => void this.drain(); // drain is the only command
    const usualMs = (kind: string) => this.#parts.statusReader.usualMs(kind);
    await membership.join(this.#self, onAsked, () => this.#parts.workerPool.freeInMs(usualMs));
    await new Promise<void>((resolve, reject) => {
      this.#parts.feed.follow(this.#closed.signal, resolve).catch(reject);
    });
    const { version, capacity, kinds } = this.#self;
    this.#options.log.info({ node: this.#id, version, capacity, kinds }, "node joined");
    void this.#beginToMake();
    void this.#parts.sweeper.run();
    void this.#parts.overdueDownloads.run();
  }

  /** A node serves at once, and claims once its processes have loaded the generators. */
  async #beginToMake(): Promise<void> {
    const { executor, log, engine } = this.#options;
    try {
      this.#parts.revisions.learn(await executor.ready());
    } catch (error) {
      return log.error({ error }, "generators can't be loaded: this node can't make any file");
    }
    if (this.#draining) return;
    const revisions = this.#parts.revisions.all();
    void this.#tell("of this revision", engine.membership.update({ revisions }));
    this.#isWarm = true;
    this.#parts.supervisor.open();
  }

  /** Refuses requests whose files could not be stored. */
  async start(asked: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }> {
    this.#throwIfClosed();
    this.#throwIfFull();
    return this.#parts.requests.start(asked);
  }

  async retry(user: string, id: string): Promise<{ status: DownloadStatus; joined: boolean } | null> {
    this.#throwIfClosed();
    this.#throwIfFull();
    return this.#parts.requests.retry(user, id);
  }

  async fetch(user: string, id: string): Promise<DownloadStatus | null> {
    this.#throwIfClosed();
    const found = await this.#parts.reads.find(user, id);
    return found && this.#parts.statusReader.of(found.download);
  }

  async list(user: string, { limit = DEFAULT_PAGE, after }: ListPage = {}): Promise<DownloadStatus[]> {
    this.#throwIfClosed();
    const found = await this.#parts.reads.list(user, limit, after ?? null);
    return found.map(({ download }) => this.#parts.statusReader.of(download));
  }

  remove(user: string, id: string): Promise<boolean> {
    this.#throwIfClosed();
    return this.#parts.requests.remove(user, id);
  }

  removeAll(user: string): Promise<number> {
    this.#throwIfClosed();
    return this.#parts.requests.removeAll(user);
  }

  watch(user: string, signal: AbortSignal) {
    this.#throwIfClosed();
    return this.#parts.subscribers.watch(user, signal);
  }

  read(file: StoredFile, range?: ByteRange): AsyncIterable<Uint8Array> {
    this.#throwIfClosed();
    return readFile(this.#options.engine.files, file, range);
  }

  async address(file: StoredFile, headers: FileHeaders): Promise<string | null> {
    this.#throwIfClosed();
    return addressOf(this.#options.engine.files, file, headers);
  }

  async reportMissing(user: string, id: string): Promise<void> {
    this.#throwIfClosed();
    const found = await this.#parts.reads.find(user, id);
    const { repo, files } = this.#options.engine;
    const { clock, log } = this.#options;
    const context = { repo, files, clock, log, settings: this.#settings, archiver: this.#parts.archiver };
    if (found) await recordMissing(context, found);
  }

  kinds(): string[] {
    return this.#options.registry.kinds();
  }

  offers() {
    return this.#options.registry.all().flatMap(({ kind, offer }) => (offer ? [{ ...offer, kind }] : []));
  }

  cluster() {
    return this.#parts.cluster.view();
  }

  watchCluster(signal: AbortSignal) {
    return this.#parts.cluster.watch(signal);
  }

  drainNode(name: string): Promise<Asked> {
    return drainNode(this.#options.engine.membership, name);
  }

  get draining(): boolean {
    return this.#draining !== null;
  }

  trouble(): string | null {
    if (this.#closing) return "this node is closed";
    if (!this.#parts.feed.isSynced) return "this node is still reading the slots";
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
    this.#parts.supervisor.close();
    this.#options.log.info({ node: this.#id, running: this.#parts.workerPool.size }, "draining");
    await this.#tell("draining", this.#options.engine.membership.update({ draining: true }));
    await this.#parts.workerPool.drain();
  }

  async #closeOnce(): Promise<void> {
    await this.drain();
    this.#parts.supervisor.end();
    this.#parts.sweeper.close();
    this.#parts.overdueDownloads.close();
    this.#parts.running.close();
    await this.#parts.archiver.close();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#tell("gone", this.#options.engine.membership.leave());
    this.#closed.abort();
    this.#parts.subscribers.close();
    this.#parts.cluster.close();
    this.#parts.workFollower.close();
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

  #throwIfClosed(): void {
    if (this.#closing) {
      throw new CarryoutError("closed", `node ${this.name} is closed`, { retriable: true });
    }
  }
}
