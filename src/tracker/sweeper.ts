/** @module One node of the cluster removes what is over: expired records, parts that no record names. */

import type { Clock } from "../clock/clock.ts";
import { type Download, isFinished } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { isOver } from "../download/transitions.ts";
import { isAbort } from "../errors.ts";
import type { FileStore } from "../files/file-store.ts";
import { type Membership, type NodeId, nodeIdOf } from "../membership/membership.ts";
import type { Repo, RepoEvent } from "../repo/repo.ts";
import type { Log } from "../telemetry/log.ts";
import { namedParts, ownerOfPart } from "./parts.ts";
import { rankOf } from "./rank.ts";
import { removeRecord } from "./removal.ts";
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
  /** True while there is no room for anything new. */
  isFull(): boolean;
}

export interface Swept {
  expired: number;
  parts: number;
}

/**
 * Files are listed before the records are read: a part whose record is not there then has lost it for good, as
 * ids never come back. Of a record that is there, parts of older epochs that it does not name are left over: only
 * the newest holder can still add to it. Two sweepers at once are harmless.
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
        if (!isAbort(error)) log.warn({ error }, "a sweep did not end, the next will");
      });
    }
  }

  close(): void {
    this.#closed.abort();
  }

  async sweep(): Promise<Swept> {
    const swept: Swept = { expired: 0, parts: 0 };
    const parts = await this.#listParts();
    for await (const event of this.#records()) {
      if (event.type === "remove") {
        // Not to be read by this version: perhaps by another one, or after it is mended.
        if (event.unreadable?.id) parts.delete(event.unreadable.id);
        continue;
      }
      const { key, version, download } = event;
      const ofThis = parts.get(download.id) ?? [];
      parts.delete(download.id);
      if (isOver(download, this.#context.clock.now(), this.#graceMs())) {
        if (await removeRecord(this.#context, { key, version, download })) {
          swept.expired++;
          if (!(await this.#isInSlot(download))) swept.parts += await this.#remove(ofThis);
        }
        continue;
      }
      swept.parts += await this.#remove(leftOver(ofThis, download));
    }
    for (const orphans of parts.values()) swept.parts += await this.#remove(orphans);
    if (swept.expired + swept.parts > 0) this.#context.log.info({ ...swept }, "swept");
    return swept;
  }

  /** What was removed does not come back: a clock that was set wrongly, and right again at once, costs no file. */
  async #untilSteady(): Promise<void> {
    const { running, settings } = this.#context;
    for (;;) {
      const leftMs = settings.sweepMs / 2 - running.steadyMs();
      if (leftMs <= 0 || this.#closed.signal.aborted) return;
      await running.sleep(leftMs, this.#closed.signal);
    }
  }

  /** Nothing outlives its time on a full disk. */
  #graceMs(): number {
    return this.#context.isFull() ? 0 : this.#context.settings.graceMs;
  }

  /** True for a copy that was made for a request which then did not take the slot. */
  async #isInSlot({ id, user, slot, isReplaced }: Download): Promise<boolean> {
    if (!isReplaced) return false;
    const stored = await this.#context.repo.fetch(keyOf({ user, slot }));
    return stored?.download.id === id;
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

  /** Every record once, those that can't be read as removed. */
  async *#records(): AsyncIterable<Extract<RepoEvent, { type: "put" | "remove" }>> {
    for await (const event of this.#context.repo.watch(this.#closed.signal)) {
      if (event.type === "put" || event.type === "remove") yield event;
      if (event.type === "synced") return;
    }
    throw new DOMException("the records were not read to their end", "AbortError");
  }

  async #remove(keys: string[]): Promise<number> {
    for (const key of keys) await this.#context.files.remove(key);
    return keys.length;
  }
}

function leftOver(keys: string[], download: Download): string[] {
  if (keys.length === 0) return [];
  const named = namedParts(download);
  return keys.filter((key) => {
    const epoch = ownerOfPart(key)?.epoch ?? Number.POSITIVE_INFINITY;
    return !named.has(key) && (isFinished(download) || epoch < download.epoch);
  });
}
