/** @module One node of the cluster removes leftovers: expired records, and parts that no record names. */

import { type Download, isFinished } from "../download/download.ts";
import { isOver } from "../download/transitions.ts";
import { isAbort } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import { type Membership, type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Repo, RepoEvent, Stored } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import { namedParts, ownerOfPart } from "./parts.ts";
import { rankOf } from "./rank.ts";
import { isInSlot, removeRecord } from "./removal.ts";
import type { RunningTime } from "./running-time.ts";
import type { Settings } from "./settings.ts";

export interface SweeperContext {
  self: NodeId;
  repo: Repo;
  files: FileStore;
  membership: Membership;
  clock: Clock;
  running: RunningTime;
  log: Log;
  settings: Settings;
  /** True while storage is full. */
  isFull(): boolean;
}

/** How many replaced files of one user outlive a sweep, for their readers. */
const MOST_COPIES = 8;

export interface Swept {
  expired: number;
  parts: number;
}

/**
 * Files are listed before the records are read. If a part's record does not exist by then, it never will again, as ids
 * are not reused. If it does, parts of older epochs that it does not name are leftovers: only the newest holder can
 * still add to it. Two sweepers at once are harmless.
 */
export class Sweeper {
  readonly #context: SweeperContext;
  readonly #closed = new AbortController();

  constructor(context: SweeperContext) {
    this.#context = context;
  }

  /** Sweeps every `sweepMs` while this node is the one to do it. */
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
    const swept: Swept = { expired: 0, parts: 0 };
    const copies: Stored[] = [];
    const parts = await this.#listParts();
    for await (const event of this.#records()) {
      if (event.type === "remove") {
        // Unreadable for this version: another one may read it, or this one once it is repaired.
        if (event.unreadable?.id) parts.delete(event.unreadable.id);
        continue;
      }
      const { key, version, download } = event;
      const ofThis = parts.get(download.id) ?? [];
      parts.delete(download.id);
      if (isOver(download, this.#context.clock.now(), this.#graceMs())) {
        if (await removeRecord(this.#context, { key, version, download })) {
          swept.expired++;
          if (!(await isInSlot(this.#context.repo, download))) swept.parts += await this.#remove(ofThis);
        }
        continue;
      }
      swept.parts += await this.#remove(leftOver(ofThis, download));
      if (download.isReplaced) copies.push({ key, version, download });
    }
    for (const copy of surplus(copies)) {
      if ((await isInSlot(this.#context.repo, copy.download)) || !(await removeRecord(this.#context, copy)))
        continue;
      swept.expired++;
      swept.parts += await this.#remove(namedParts(copy.download));
    }
    for (const orphans of parts.values()) swept.parts += await this.#remove(orphans);
    if (swept.expired + swept.parts > 0) this.#context.log.info({ ...swept }, "swept");
    return swept;
  }

  /** Removals are final, so a clock that is wrong for a moment must not cost a file. */
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

  async #listParts(): Promise<Map<string, string[]>> {
    const parts = new Map<string, string[]>();
    for await (const { key } of this.#context.files.list("")) {
      const id = ownerOfPart(key)?.id;
      if (!id) continue;
      const keys = parts.get(id);
      if (keys) keys.push(key);
      else parts.set(id, [key]);
    }
    return parts;
  }

  /** Every record once; unreadable ones as removals. */
  async *#records(): AsyncIterable<Extract<RepoEvent, { type: "put" | "remove" }>> {
    for await (const event of this.#context.repo.watch(this.#closed.signal)) {
      if (event.type === "put" || event.type === "remove") yield event;
      if (event.type === "synced") return;
    }
    throw new DOMException("the records were not read completely", "AbortError");
  }

  async #remove(keys: Iterable<string>): Promise<number> {
    let removed = 0;
    for (const key of keys) {
      await this.#context.files.remove(key);
      removed++;
    }
    return removed;
  }
}

/**
 * Keeps a user who makes many requests from filling the disk: of each user's copies those that expire first are
 * removed.
 */
function surplus(copies: Stored[]): Stored[] {
  const perUser = new Map<string, number>();
  return copies
    .sort((a, b) => (b.download.expiresAt ?? 0) - (a.download.expiresAt ?? 0))
    .filter(({ download: { user } }) => {
      const count = (perUser.get(user) ?? 0) + 1;
      perUser.set(user, count);
      return count > MOST_COPIES;
    });
}

function leftOver(keys: string[], download: Download): string[] {
  if (keys.length === 0) return [];
  const named = namedParts(download);
  return keys.filter((key) => {
    const epoch = ownerOfPart(key)?.epoch ?? Number.POSITIVE_INFINITY;
    return !named.has(key) && (isFinished(download) || epoch < download.epoch);
  });
}
