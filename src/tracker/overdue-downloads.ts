/**
 * @module The last resort of "never stuck": ends downloads that no node can make or that their living holder fails to
 * end.
 */

import { type Download, type Failure, isFinished } from "../download/download.ts";
import { forceFail, withdraw } from "../download/transitions.ts";
import { isAbort } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Member, type Membership, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Repo } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { Activity } from "./activity.ts";
import { type KindAvailability, later, makes } from "./kind-availability.ts";
import { rankOf } from "./rank.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";
import { withWork } from "./with-work.ts";

export interface OverdueDownloadsContext {
  self: NodeId;
  repo: Repo;
  membership: Membership;
  clock: Clock;
  running: RunningTime;
  log: Log;
  settings: Settings;
  unfinished: UnfinishedIndex;
  kindAvailability: KindAvailability;
  activity: Pick<Activity, "ended">;
  /** How long one attempt at this kind may take, null for a kind unknown here. */
  timeoutMsOf(kind: string): number | null;
}

/** How far a download may exceed its own deadline before its holder is considered unable to end it. */
const OVERDUE_FACTOR = 4;
/**
 * In sweeps: an inability of all nodes that lasts this long is recorded, so that a restart does not restart the wait.
 */
const UNCLAIMED_AFTER = 10;

const NOBODY_MAKES_IT: Failure = {
  code: "unknown-kind",
  message: "No server can make this kind of file.",
  retriable: false,
};
const NOT_ENDED: Failure = {
  code: "generation-timed-out",
  message: "The file was not finished in time.",
  retriable: false,
};

/**
 * Works on the index, and reads only the records that it ends. One node checks the downloads that none can make, and
 * one of the nodes that know a kind checks its deadlines; two at once are harmless.
 */
export class OverdueDownloads {
  readonly #context: OverdueDownloadsContext;
  readonly #closed = new AbortController();

  constructor(context: OverdueDownloadsContext) {
    this.#context = context;
  }

  /** Checks four times in each `sweepMs`: a check only reads memory. */
  async run(): Promise<void> {
    const { clock, settings, log } = this.#context;
    while (!this.#closed.signal.aborted) {
      await clock.sleep((settings.sweepMs / 4) * (0.75 + clock.random() / 2), this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      await this.look().catch((error) => {
        if (!isAbort(error)) log.warn({ error }, "overdue downloads could not be ended; will retry");
      });
    }
  }

  close(): void {
    this.#closed.abort();
  }

  /** Returns how many it ended. */
  async look(): Promise<number> {
    const { unfinished, log } = this.#context;
    let ended = 0;
    for (const entry of [...unfinished.entries()]) {
      if (this.#closed.signal.aborted) break;
      const isWaiting = unfinished.line.position(entry) !== null;
      const after = await (isWaiting ? this.#lookAtWaiting(entry) : this.#lookAtHeld(entry));
      if (!after || !isFinished(after)) continue;
      log.warn({ download: after.id, kind: after.kind, code: after.error?.code }, "overdue download ended");
      ended++;
    }
    return ended;
  }

  /**
   * It may take days in which no node can make a kind, while nodes restart: only this check goes by the time of day.
   * The node that ends it has observed itself, for half a sweep, that no node can make it.
   */
  async #lookAtWaiting(entry: Entry): Promise<Download | null> {
    const { clock, running, settings, kindAvailability } = this.#context;
    if (!this.#isMine()) return null;
    const none = kindAvailability.noneSince(entry.kind);
    if (none === null) {
      return entry.unclaimedSince === null ? null : this.#write(entry, (it) => this.#withdraw(it, null));
    }
    const seen = later(entry.since, none);
    const seenMs = running.read() - seen.ranMs;
    const since = Math.min(seen.at, entry.unclaimedSince ?? seen.at);
    if (seenMs >= settings.sweepMs / 2 && clock.now() - since > settings.unclaimedMs) {
      return this.#write(entry, (it) => forceFail(it, NOBODY_MAKES_IT, clock.now(), settings));
    }
    const isNoted = entry.unclaimedSince !== null || seenMs < UNCLAIMED_AFTER * settings.sweepMs;
    return isNoted ? null : this.#write(entry, (it) => this.#withdraw(it, since));
  }

  /** The living holder should have ended it: only time counts in which this node ran and saw it held. */
  async #lookAtHeld(entry: Entry): Promise<Download | null> {
    const { clock, running, settings } = this.#context;
    const timeoutMs = this.#context.timeoutMsOf(entry.kind);
    if (timeoutMs === null || running.read() - entry.since.ranMs <= OVERDUE_FACTOR * timeoutMs) return null;
    if (!this.#isMine(entry.kind)) return null;
    return this.#write(entry, (it) => forceFail(it, NOT_ENDED, clock.now(), settings));
  }

  #withdraw(download: Download, since: number | null): Download {
    const { clock, settings } = this.#context;
    return withdraw(download, since, clock.now(), settings);
  }

  /** Null when the record is no longer the one that was checked. */
  async #write(entry: Entry, change: (download: Download) => Download): Promise<Download | null> {
    const { repo } = this.#context;
    const stored = await repo.slots.fetch(entry.key);
    if (stored === null || stored.download.id !== entry.id || stored.download.epoch !== entry.epoch)
      return null;
    if (isFinished(stored.download)) return null;
    const after = change(await withWork(repo.work, stored.download));
    if ((await repo.slots.update(after, stored.version)) === null) return null;
    this.#context.activity.ended(after);
    return after;
  }

  /** For a kind: among the nodes that can make it. */
  #isMine(kind?: string): boolean {
    const { membership, self } = this.#context;
    const may = (member: Member) => kind === undefined || makes(member, kind);
    return rankOf("last resort", self, membership.members().filter(may).map(nodeIdOf)) === 0;
  }
}
