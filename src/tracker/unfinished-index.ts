/** @module A compact index of the unfinished records: what every node knows about every download. */

import { type Download, isFinished } from "../download/download.ts";
import type { NodeId } from "../ports/membership.ts";
import type { Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import { Unseen } from "../ports/unseen.ts";
import { Shares } from "./shares.ts";
import { UnderWay } from "./under-way.ts";
import { type LineName, WaitQueues } from "./wait-queues.ts";

/** A point in time as this node measures it. */
export interface Moment {
  /** Milliseconds since the epoch: for recording. */
  at: number;
  /** See `RunningTime`: for comparing. */
  ranMs: number;
}

/** A few hundred bytes for each unfinished download; the record itself stays in the repo. */
export interface Entry {
  readonly key: string;
  readonly id: string;
  readonly kind: string;
  readonly ticket: number;
  readonly turns: number;
  readonly network: string | null;
  readonly requestedAt: number;
  version: Version;
  node: NodeId | null;
  epoch: number;
  backoffMs: number;
  unclaimedSince: number | null;
  /** The revision that started it; null before that. */
  revision: string | null;
  /** When this node saw it get its present holder, or lose it: its backoff and its deadlines are measured from here. */
  since: Moment;
  /** True while the record is known to have changed, but the change has not arrived here yet. */
  isBehind: boolean;
}

const NOBODY: ReadonlySet<Entry> = new Set();

export interface UnfinishedOptions {
  isAlive(node: NodeId): boolean;
  /** Default: all wait in one queue. */
  lineOf?(kind: string): LineName;
  moment(): Moment;
}

/**
 * Fed by the repo's watch. Answers from memory: which node holds which downloads, and in which order the others wait. A
 * holder for which `isAlive` is false counts as none: its downloads wait.
 */
export class UnfinishedIndex {
  /** Those that wait for capacity, in order. */
  readonly line: WaitQueues<Entry>;
  /** The users of all these, waiting and running, and of requests being written. */
  readonly underWay = new UnderWay(new Shares());
  readonly #entries = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  readonly #held = new Map<NodeId, Set<Entry>>();
  readonly #options: UnfinishedOptions;
  readonly #unseen = new Unseen();
  #highestTicket = 0;

  constructor(options: UnfinishedOptions) {
    this.line = new WaitQueues((kind) => options.lineOf?.(kind) ?? "process");
    this.#options = options;
  }

  /** A ticket for a new request: higher than all that were seen or issued here. */
  nextTicket(): number {
    this.#highestTicket += 1;
    return this.#highestTicket;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** The slot of an unfinished download, as far as this node has seen. */
  ofId(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** The nodes named as holders in records, dead or alive. */
  holders(): Iterable<NodeId> {
    return this.#held.keys();
  }

  heldBy(node: NodeId): ReadonlySet<Entry> {
    return this.#held.get(node) ?? NOBODY;
  }

  /**
   * Follows the repo's watch; after `synced` it has exactly the repo's records. True when a holder or a position in the
   * queue may have changed: false for mere progress.
   */
  apply(event: SlotEvent): boolean {
    const isMoved = this.#apply(event);
    this.underWay.apply(event);
    return isMoved;
  }

  /** Queues or unqueues the downloads of a node after it died or came back. */
  reconsider(node: NodeId): void {
    for (const entry of this.heldBy(node)) {
      if (this.#place(entry)) entry.since = this.#options.moment();
    }
  }

  #apply(event: SlotEvent): boolean {
    const gone = this.#unseen.apply(event, () => this.#entries.keys());
    if (event.type === "put") return this.#put(event.key, event.version, event.download);
    if (event.type === "remove") return this.#remove(event.key, event.version);
    for (const key of gone) {
      const entry = this.#entries.get(key);
      if (entry) this.#drop(entry);
    }
    return true;
  }

  #put(key: string, version: Version, download: Download): boolean {
    this.#highestTicket = Math.max(this.#highestTicket, download.ticket);
    const known = this.#entries.get(key);
    if (known && version < known.version) return false;
    if (known && (isFinished(download) || known.id !== download.id)) this.#drop(known);
    if (isFinished(download)) return known !== undefined;
    const entry = this.#entries.get(key) ?? this.#add(key, version, download);
    const isMoved = entry !== known || entry.epoch !== download.epoch || entry.node !== download.node;
    entry.version = version;
    entry.epoch = download.epoch;
    entry.backoffMs = download.backoffMs;
    entry.unclaimedSince = download.unclaimedSince;
    entry.revision = download.revision;
    if (entry.node !== download.node) this.#hand(entry, download.node);
    entry.isBehind = false;
    if (isMoved) {
      entry.since = this.#options.moment();
      this.#place(entry);
    }
    // Also look at one that waits as before: a node that tried to claim it did so at another version.
    return isMoved || this.line.position(entry) !== null;
  }

  #add(key: string, version: Version, download: Download): Entry {
    const { id, kind, ticket, turns, network, requestedAt, epoch } = download;
    const { backoffMs, unclaimedSince, revision } = download;
    const entry: Entry = {
      key,
      id,
      kind,
      ticket,
      turns,
      network,
      requestedAt,
      version,
      node: null,
      epoch,
      backoffMs,
      unclaimedSince,
      revision,
      since: this.#options.moment(),
      isBehind: false,
    };
    this.#entries.set(key, entry);
    this.#byId.set(id, entry);
    this.underWay.shares.add(entry);
    return entry;
  }

  #hand(entry: Entry, to: NodeId | null): void {
    this.#letGo(entry);
    entry.node = to;
    if (to === null) return;
    const held = this.#held.get(to);
    if (held) held.add(entry);
    else this.#held.set(to, new Set([entry]));
  }

  #letGo(entry: Entry): void {
    if (entry.node === null) return;
    const held = this.#held.get(entry.node);
    held?.delete(entry);
    if (held?.size === 0) this.#held.delete(entry.node);
  }

  /** True when it starts or stops waiting. */
  #place(entry: Entry): boolean {
    const waited = this.line.position(entry) !== null;
    const waits = entry.node === null || !this.#options.isAlive(entry.node);
    if (waits) this.line.add(entry);
    else this.line.remove(entry);
    return waits !== waited;
  }

  #remove(key: string, version: Version): boolean {
    const known = this.#entries.get(key);
    if (!known || version < known.version) return false;
    this.#drop(known);
    return true;
  }

  #drop(entry: Entry): void {
    this.line.remove(entry);
    this.#letGo(entry);
    this.#entries.delete(entry.key);
    this.#byId.delete(entry.id);
    this.underWay.shares.remove(entry);
  }
}
