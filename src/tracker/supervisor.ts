/** @module Gives every eligible download a living holder: claims by rank, takeover after death. */

import { type Download, isFinished } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { claim } from "../download/transitions.ts";
import { isCarryoutError } from "../errors.ts";
import type { Isolation } from "../generator/generator.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import { type Member, type NodeId, nodeIdOf } from "../ports/membership.ts";
import { isOfLaterVersion, type Repo, type Stored, type Version } from "../ports/repo.ts";
import { jittered } from "../ports/retry.ts";
import type { StoredWork } from "../ports/work.ts";
import type { Log } from "../telemetry/log.ts";
import type { Activity } from "./activity.ts";
import { Adoption } from "./adoption.ts";
import type { ClusterCapacity } from "./cluster-capacity.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";
import { takenOver } from "./held-work.ts";
import { makes } from "./kind-availability.ts";
import { rankOf } from "./rank.ts";
import type { RecentSlots } from "./recent-slots.ts";
import type { Revisions } from "./revisions.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";
import { withWork } from "./with-work.ts";
import type { Claimed } from "./worker.ts";
import type { WorkerPool } from "./worker-pool.ts";

export interface SupervisorContext {
  self: NodeId;
  repo: Repo;
  clock: Clock;
  running: RunningTime;
  log: Log;
  settings: Settings;
  unfinished: UnfinishedIndex;
  recentSlots: Pick<RecentSlots, "take">;
  places: ClusterCapacity;
  workerPool: WorkerPool;
  activity: Pick<Activity, "ended">;
  revisions: Pick<Revisions, "making" | "waitMs" | "mayGoOn">;
  isAlive(node: NodeId): boolean;
}

const ISOLATIONS: readonly Isolation[] = ["process", "inline"];
/** After the engine failed to answer, the time until the next look at the queue. */
const UNAVAILABLE_MS = 250;
/** When a node dies that held many, the first ones should run before the last are claimed. */
const CLAIMS_AT_A_TIME = 8;
/** After this time a claim no longer holds up the others: perhaps the engine has trouble with this record alone. */
const SLOW_CLAIM_MS = 50;

/** When this node may claim an entry: at once, or after better-ranked nodes had their chance. */
interface Turn {
  version: Version;
  cancel: Cancel;
}

/**
 * A queued entry is eligible when its backoff is over. The best-ranked node that can make it and has free capacity
 * claims at once, the next after a step of `claimStepMs`, and so on: a node that is slow to see it costs a step, and
 * the compare-and-set settles every race.
 */
export class Supervisor {
  readonly #context: SupervisorContext;
  readonly #turns = new Map<string, Turn>();
  readonly #claimLimit: ConcurrencyLimit;
  readonly #adoption: Adoption;
  #looking = false;
  #wake: { at: number; cancel: Cancel } | null = null;
  #isOpen = false;
  #hasEnded = false;

  constructor(context: SupervisorContext) {
    this.#context = context;
    const { clock } = context;
    this.#claimLimit = new ConcurrencyLimit({ clock, most: CLAIMS_AT_A_TIME, patienceMs: SLOW_CLAIM_MS });
    this.#adoption = new Adoption({
      ...context,
      isOpen: () => this.#isOpen,
      onError: (error, entry) => this.#onError(error, entry),
    });
  }

  /** Starts claiming. */
  open(): void {
    this.#isOpen = true;
    this.look();
  }

  /** Stops claiming. A download won by a claim still in progress is given back. */
  close(): void {
    this.#isOpen = false;
    for (const { cancel } of this.#turns.values()) cancel();
    this.#turns.clear();
  }

  /** Stops all work. */
  end(): void {
    this.close();
    this.#hasEnded = true;
    this.#wake?.cancel();
    this.#wake = null;
    this.#adoption.end();
  }

  /** Looks at the queue soon: at most once per turn of the microtask queue, however often it is called. */
  look(): void {
    if (this.#hasEnded || this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      if (this.#hasEnded) return;
      if (this.#isOpen) for (const isolation of ISOLATIONS) this.#lookAtLine(isolation);
      this.#adoption.search();
    });
  }

  /** The first in the queue, as many as the cluster has free capacity. */
  #lookAtLine(isolation: Isolation): void {
    const { unfinished, places, workerPool } = this.#context;
    if (unfinished.line.of(isolation).length === 0) return;
    const ranMs = this.#context.running.read();
    const free = places.free(isolation);
    let left = total(free);
    for (const entry of unfinished.line.of(isolation)) {
      if (left <= 0) break;
      if (entry.isBehind) continue;
      if (this.#isInTurn(entry)) {
        left--;
        continue;
      }
      const backoffMs = entry.since.ranMs + entry.backoffMs - ranMs;
      const waitMs = Math.max(backoffMs, this.#context.revisions.waitMs(entry, ranMs));
      if (waitMs > 0) {
        this.#lookAgain(Math.ceil(waitMs));
        continue;
      }
      left--;
      if (workerPool.free(isolation) > 0) this.#takeTurn(entry, isolation, free);
    }
  }

  /** Most of a long queue are, at each look: so this is asked first. */
  #isInTurn({ key, version }: Entry): boolean {
    return this.#turns.get(key)?.version === version || this.#context.workerPool.isAt(key);
  }

  #takeTurn(entry: Entry, isolation: Isolation, free: Map<Member, number>): void {
    const { self, settings, clock, revisions } = this.#context;
    this.#turns.get(entry.key)?.cancel();
    const mayTake = (member: Member) => makes(member, entry.kind) && revisions.mayGoOn(member, entry);
    const takers = [...free.keys()].filter(mayTake).map(nodeIdOf);
    const rank = takers.includes(self) ? rankOf(entry.id, self, takers) : takers.length;
    const turn: Turn = { version: entry.version, cancel: () => {} };
    this.#turns.set(entry.key, turn);
    const come = () => this.#claimLimit.pass(() => this.#claimInTurn(entry, isolation, turn));
    if (rank === 0) come();
    else turn.cancel = clock.after(rank * settings.claimStepMs, come);
  }

  async #claimInTurn(entry: Entry, isolation: Isolation, turn: Turn): Promise<void> {
    const { unfinished, workerPool } = this.#context;
    if (this.#turns.get(entry.key) !== turn) return;
    this.#turns.delete(entry.key);
    const isWaiting = entry.version === turn.version && unfinished.line.position(entry) !== null;
    if (this.#isOpen && isWaiting && workerPool.free(isolation) > 0) await this.#claim(entry);
  }

  async #claim(entry: Entry): Promise<void> {
    const { repo, self, workerPool, recentSlots, log } = this.#context;
    const place = workerPool.reserve(entry.key, entry.kind);
    if (!place) return;
    try {
      const recent = recentSlots.take(entry.key, entry.version);
      const stored = recent ?? (await repo.slots.fetch(entry.key));
      // The record may be newer than the feed's: looking again before the feed has caught up would find the same.
      if (!stored || stored.version > entry.version) entry.isBehind = true;
      if (!stored || !this.#isEligible(stored, entry) || !this.#isOpen) return place.giveBack();
      const claimed = await this.#claimed(stored.download);
      const won = await this.#write(claimed, stored.version);
      // Refused though it had arrived here: the next attempt reads.
      if (won === null && recent === null && stored.version >= entry.version) entry.isBehind = true;
      if (won !== null) this.#context.activity.ended(claimed);
      if (won === null || isFinished(claimed)) return place.giveBack();
      const from = stored.download.node;
      if (from)
        log.info({ download: claimed.id, node: self, epoch: claimed.epoch, from }, "download taken over");
      place.fill({ download: claimed, isFirst: claimed.epoch === 1, ...won });
    } catch (error) {
      place.giveBack();
      this.#onError(error, entry);
    }
  }

  /** The work of earlier holders is taken over in the same step where the engine can. Null when the slot has changed. */
  async #write(claimed: Download, expected: Version): Promise<Pick<Claimed, "version" | "work"> | null> {
    const { repo } = this.#context;
    const hasWork = claimed.epoch > 1 && !isFinished(claimed);
    if (repo.claim && hasWork) {
      const take = (stored: StoredWork) => takenOver(claimed, stored);
      return await repo.claim({ download: claimed, version: expected, take });
    }
    // Read at the same time. What has changed by the time of the claim is read again, as every write is conditional.
    const reading = hasWork ? this.#workOf(claimed) : null;
    const version = await repo.slots.update(claimed, expected);
    return version === null ? null : { version, work: await reading };
  }

  #workOf({ user, id }: Download): Promise<StoredWork | null> {
    return this.#context.repo.work.fetch(downloadKey(user, id)).catch(() => null);
  }

  /** If it fails instead, having lost too many holders, the last one's progress may be newer than the slot's. */
  async #claimed(download: Download): Promise<Download> {
    const { repo, clock, self, settings, revisions } = this.#context;
    const making = revisions.making(download.kind);
    const claimed = claim(download, self, clock.now(), settings, making);
    if (!isFinished(claimed)) return claimed;
    return claim(await withWork(repo.work, download), self, clock.now(), settings, making);
  }

  /** False if the slot now contains another download, which needs its own place, or if this one has to wait again. */
  #isEligible({ download, version }: Stored, entry: Entry): boolean {
    if (isFinished(download) || download.id !== entry.id) return false;
    // Its wait is measured from when this node sees its latest epoch and revision.
    const hasMoved = download.epoch !== entry.epoch || download.revision !== entry.revision;
    if (version > entry.version && (download.backoffMs > 0 || hasMoved)) return false;
    // The feed may have delivered this state while the record was being read.
    if (this.#context.revisions.waitMs(entry, this.#context.running.read()) > 0) return false;
    return download.node === null || !this.#context.isAlive(download.node);
  }

  #onError(error: unknown, entry: Entry): void {
    if (isOfLaterVersion(error)) entry.isBehind = true;
    else if (!isCarryoutError(error, "unavailable")) {
      this.#context.log.error({ download: entry.id, kind: entry.kind, error }, "claim failed");
    }
    this.#lookAgain(jittered(this.#context.clock, UNAVAILABLE_MS));
  }

  /** A single timer for the earliest reason to look again. */
  #lookAgain(inMs: number): void {
    const { clock } = this.#context;
    const at = clock.monotonic() + inMs;
    if (this.#wake && this.#wake.at <= at) return;
    this.#wake?.cancel();
    const cancel = clock.after(inMs, () => {
      this.#wake = null;
      this.look();
    });
    this.#wake = { at, cancel };
  }
}

function total(free: Map<Member, number>): number {
  let sum = 0;
  for (const places of free.values()) sum += places;
  return sum;
}
