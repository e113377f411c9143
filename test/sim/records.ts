/** @module The actual records and every accepted write, observed from outside the nodes. */

import { decodeDownload } from "../../src/download/codec.ts";
import type { Download } from "../../src/download/download.ts";
import { MemoryRepo, MemoryRepoStore } from "../../src/engines/memory/memory-repo.ts";
import type { NodeId } from "../../src/ports/membership.ts";
import type { Repo, Stored } from "../../src/ports/repo.ts";
import { short } from "./history.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** One accepted write. `after` is null for a removal. */
export interface Write {
  by: Machine;
  key: string;
  before: Download | null;
  after: Download | null;
  /** The slot had a record of a later release. */
  isOverLaterVersion: boolean;
}

export class Records {
  readonly #world: World;
  readonly store = new MemoryRepoStore();
  readonly #inner: Repo = new MemoryRepo(this.store);
  readonly #now = new Map<string, Stored>();
  /** The latest record of each id, including removed ones. */
  readonly #ever = new Map<string, Download>();
  readonly #held = new Map<string, number>();

  /** Slots that ever had an unreadable record: nodes must report them. */
  readonly planted = new Set<string>();
  /** Downloads that a later release has taken over: here it never returns them. */
  readonly ofLaterVersion = new Set<string>();
  /** Downloads whose records were made unreadable. */
  readonly overwritten = new Set<string>();

  /** The world's monotonic time. */
  lastWriteAt = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** All downloads that ever existed. */
  get count(): number {
    return this.#ever.size;
  }

  /** The actual current record of this slot. */
  get(key: string): Stored | undefined {
    return this.#now.get(key);
  }

  all(): Stored[] {
    return [...this.#now.values()];
  }

  /** The actual record of this download, if it still exists. */
  byId(id: string): Download | undefined {
    return this.all().find(({ download }) => download.id === id)?.download;
  }

  /** The last record of this download, existing or removed; undefined if there never was one. */
  lastOf(id: string): Download | undefined {
    return this.#ever.get(id);
  }

  /** The newest epoch in which this node held this download; null if it never did. */
  epochHeld(id: string, node: NodeId): number | null {
    return this.#held.get(`${id} ${node}`) ?? null;
  }

  /** An operator, a disk or another release overwrites the content of this slot. */
  plant(key: string, user: string, text: string): void {
    const there = this.store.get(key);
    if (there && isOfLaterVersion(key, there.text)) return; // that release would not allow it
    const before = this.#now.get(key)?.download;
    this.store.plant(key, user, text);
    this.planted.add(key);
    this.lastWriteAt = this.#world.clock.monotonic();
    this.#now.delete(key);
    if (before) this.overwritten.add(before.id);
    if (before && isOfLaterVersion(key, text)) this.ofLaterVersion.add(before.id);
    this.#world.history.add(
      "world",
      `plants ${text.slice(0, 20)} at ${key}${before ? `, over ${short(before.id)}` : ""}`,
    );
  }

  /** Reads as the adapter does. */
  read<T>(use: (repo: Repo) => Promise<T>): Promise<T> {
    return use(this.#inner);
  }

  /** Writes to one key as the adapter does, and reports accepted writes to the world. */
  write<T>(by: Machine, key: string, use: (repo: Repo) => Promise<T>): Promise<T> {
    const before = this.#now.get(key);
    const entryBefore = this.store.get(key);
    const answer = use(this.#inner); // already done: the memory repo is synchronous
    const entry = this.store.get(key);
    if (entry?.version === entryBefore?.version) {
      this.#world.history.add(by.name, `  refused write to ${key}`);
      return answer;
    }
    this.lastWriteAt = this.#world.clock.monotonic();
    const after = entry ? decodeDownload(key, entry.text).download : null;
    if (entry && after) {
      this.#now.set(key, { key, version: entry.version, download: after });
      this.#ever.set(after.id, after);
      if (after.node !== null) this.#held.set(`${after.id} ${after.node}`, after.epoch);
    } else {
      this.#now.delete(key);
    }
    const isOverLaterVersion = entryBefore !== undefined && isOfLaterVersion(key, entryBefore.text);
    const write = { by, key, before: before?.download ?? null, after, isOverLaterVersion };
    this.#world.history.add(by.name, `write ${key} ${describeWrite(write)}`);
    this.#world.happened({ type: "write", ...write });
    return answer;
  }
}

function isOfLaterVersion(key: string, text: string): boolean {
  return decodeDownload(key, text).unreadable?.isNewer === true;
}

function describeWrite({ before, after }: Write): string {
  if (!after) return `removed ${short(before?.id ?? "")}`;
  const { id, state, node, epoch, failures, handovers, progress, checkpoint, file } = after;
  const shown = [
    `${before && before.id !== id ? `${short(before.id)} -> ` : ""}${short(id)} ${state} e${epoch}`,
    node ? `by ${node.split("/")[0]}/${short(node.split("/")[1] ?? "")}` : "by nobody",
    `done ${progress.done}`,
  ];
  if (failures > 0) shown.push(`failures ${failures}`);
  if (handovers > 0) shown.push(`handovers ${handovers}`);
  if (checkpoint) shown.push(`checkpoint ${checkpoint.size} B in ${checkpoint.parts.length}`);
  if (file) shown.push(`file ${file.size} B in ${file.parts.length}`);
  return shown.join(", ");
}
