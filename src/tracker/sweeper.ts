/** @module One node of the cluster removes expired downloads, then data that belongs to no download. */

import { isAbort } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import { type Membership, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Repo } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import { Orphans } from "./orphans.ts";
import { rankOf } from "./rank.ts";
import { withRoom } from "./removal.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";

export interface SweeperContext {
  self: NodeId;
  repo: Repo;
  files: FileStore;
  membership: Membership;
  clock: Clock;
  running: RunningTime;
  log: Log;
  settings: Settings;
  unfinished: Pick<UnfinishedIndex, "ofId">;
  /** True while storage is full. */
  isFull(): boolean;
}

export interface Swept {
  expired: number;
  /** Number of ids whose work belonged to no download. */
  works: number;
  parts: number;
}

/** Number of expired downloads read at a time, to bound memory when many expire together. */
const BATCH = 100;

/**
 * The cost is proportional to what expires; orphans are searched a few at a time. Two sweepers at once are harmless.
 */
export class Sweeper {
  readonly #context: SweeperContext;
  readonly #orphans: Orphans;
  readonly #closed = new AbortController();

  constructor(context: SweeperContext) {
    this.#context = context;
    this.#orphans = new Orphans({ ...context, signal: this.#closed.signal });
  }

  /** Sweeps every `sweepMs` while this node is the sweeper. */
  async run(): Promise<void> {
    const { clock, settings, log } = this.#context;
    while (!this.#closed.signal.aborted) {
      await clock.sleep(settings.sweepMs * (0.75 + clock.random() / 2), this.#closed.signal);
      await this.#untilSteady();
      if (this.#closed.signal.aborted || !this.#isMine()) continue;
      await this.sweep().catch((error) => {
        if (!isAbort(error)) log.warn({ error }, "sweep interrupted; it continues with the next one");
      });
    }
  }

  close(): void {
    this.#closed.abort();
  }

  async sweep(): Promise<Swept> {
    const expired = await this.#expire();
    const { works, parts } = await this.#orphans.remove();
    const swept = { expired, works, parts };
    if (expired + works + parts > 0) this.#context.log.info({ ...swept }, "swept");
    return swept;
  }

  /** The record goes first: a crash between the two leaves bytes that belong to no download. */
  async #expire(): Promise<number> {
    const { repo, files, clock } = this.#context;
    let expired = 0;
    while (!this.#closed.signal.aborted) {
      const batch = await repo.history.expired(clock.now() - this.#graceMs(), BATCH);
      for (const { key, download } of batch) {
        if (await withRoom(this.#context, download.id, () => repo.history.remove(key))) expired++;
        await files.remove(`${download.id}/`);
      }
      if (batch.length < BATCH) break;
    }
    return expired;
  }

  /** Removal is final, so a clock that is set wrongly and corrected at once must not cost any file. */
  async #untilSteady(): Promise<void> {
    const { running, settings } = this.#context;
    for (;;) {
      const leftMs = settings.sweepMs / 2 - running.steadyMs();
      if (leftMs <= 0 || this.#closed.signal.aborted) return;
      await running.sleep(leftMs, this.#closed.signal);
    }
  }

  /** On a full disk, expired files get no grace period. */
  #graceMs(): number {
    return this.#context.isFull() ? 0 : this.#context.settings.graceMs;
  }

  #isMine(): boolean {
    const { membership, self } = this.#context;
    return rankOf("sweeper", self, membership.members().map(nodeIdOf)) === 0;
  }
}
