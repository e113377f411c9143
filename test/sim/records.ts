/** @module The actual records and every accepted write, observed from outside the nodes. */

import { decodeDownload } from "../../src/download/codec.ts";
import { type Download, isFinished } from "../../src/download/download.ts";
import { downloadKey, idOf, keyOf } from "../../src/download/key.ts";
import { type Mark, progressWith, type Saved } from "../../src/download/work.ts";
import { decodeMark, decodeSaved } from "../../src/download/work-codec.ts";
import { openMemoryRepo } from "../../src/engines/memory/memory-repo.ts";
import { MemoryStore } from "../../src/engines/memory/memory-store.ts";
import type { NodeId } from "../../src/ports/membership.ts";
import type { Archived, Claim, Claimed, Repo, Stored } from "../../src/ports/repo.ts";
import { workOf } from "../../src/ports/stored-text.ts";
import { short } from "./history.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** One accepted write of a slot. `after` is null for a removal. */
export interface Write {
  by: Machine;
  key: string;
  before: Download | null;
  after: Download | null;
  /** The slot had a record of a later release. */
  isOverLaterVersion: boolean;
}

/** One accepted write of a part of the work, or of the history; null for nothing. */
export interface PartWrite<Value> {
  by: Machine;
  id: string;
  before: Value | null;
  after: Value | null;
}

export class Records {
  readonly #world: World;
  readonly store = new MemoryStore();
  readonly #inner: Repo = openMemoryRepo(this.store);
  readonly #slots = new Map<string, Stored>();
  /** By id. */
  readonly #history = new Map<string, Download>();
  /** The latest record of each id, including removed ones. */
  readonly #ever = new Map<string, Download>();
  readonly #held = new Map<string, number>();

  /** Slots that ever had an unreadable record: nodes must report them. */
  readonly planted = new Set<string>();
  /** Downloads that a later release has taken over; in this simulation it never returns them. */
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
    return this.#slots.get(key);
  }

  inSlots(): Download[] {
    return [...this.#slots.values()].map(({ download }) => download);
  }

  inHistory(): Download[] {
    return [...this.#history.values()];
  }

  /** All existing downloads, each once; those in slots are combined with their work. */
  all(): Download[] {
    const inSlots = this.inSlots();
    const ids = new Set(inSlots.map(({ id }) => id));
    return [
      ...inSlots.map((download) => this.#withWork(download)),
      ...this.inHistory().filter(({ id }) => !ids.has(id)),
    ];
  }

  /** The actual record of this download, if it still exists. */
  byId(id: string): Download | undefined {
    return this.inSlots().find((download) => download.id === id) ?? this.#history.get(id);
  }

  /** Its record in the history. */
  archived(id: string): Download | undefined {
    return this.#history.get(id);
  }

  markOf({ user, id }: Pick<Download, "user" | "id">): Mark | null {
    const text = this.store.marks.get(downloadKey(user, id))?.text;
    return text === undefined ? null : decodeMark(text).value;
  }

  savedOf({ user, id }: Pick<Download, "user" | "id">): Saved | null {
    const text = this.store.saved.get(downloadKey(user, id))?.text;
    return text === undefined ? null : decodeSaved(text).value;
  }

  /** The last record of this download, existing or removed; undefined if there never was one. */
  lastOf(id: string): Download | undefined {
    return this.#ever.get(id);
  }

  /** The last record of every download of this user, existing or removed. */
  everOf(user: string): Download[] {
    return [...this.#ever.values()].filter((download) => download.user === user);
  }

  /** The newest epoch in which this node held this download; null if it never did. */
  epochHeld(id: string, node: NodeId): number | null {
    return this.#held.get(`${id} ${node}`) ?? null;
  }

  /** An operator, a faulty disk or another release overwrites this slot, whatever it contains. */
  plant(key: string, text: string): void {
    const there = this.store.slots.get(key);
    if (there && isOfLaterVersion(key, there.text)) return; // the later release would not allow it
    const before = this.#slots.get(key)?.download;
    if (before && isFinished(before)) return; // nor would it continue a finished download
    this.store.plant("slots", key, text);
    this.planted.add(key);
    this.#wrote();
    this.#slots.delete(key);
    if (before) this.overwritten.add(before.id);
    if (before && isOfLaterVersion(key, text)) this.ofLaterVersion.add(before.id);
    this.#world.history.add(
      "world",
      `plants ${text.slice(0, 20)} at ${key}${before ? `, over ${short(before.id)}` : ""}`,
    );
  }

  /** Reads in the same way as the adapter. */
  read<T>(use: (repo: Repo) => Promise<T>): Promise<T> {
    return use(this.#inner);
  }

  // The memory repo is synchronous: each of these writes is complete when its call returns.

  /** Writes a slot in the same way as the adapter, and reports accepted writes to the world. */
  writeSlot<T>(by: Machine, key: string, use: (repo: Repo) => Promise<T>): Promise<T> {
    const before = this.#slots.get(key);
    const entryBefore = this.store.slots.get(key);
    const answer = use(this.#inner);
    const entry = this.store.slots.get(key);
    if (entry?.version === entryBefore?.version) {
      this.#world.history.add(by.name, `  refused write to ${key}`);
      return answer;
    }
    this.#wrote();
    const after = entry ? decodeDownload(key, entry.text).value : null;
    if (entry && after) {
      this.#slots.set(key, { key, version: entry.version, download: after });
      this.#ever.set(after.id, after);
      if (after.node !== null) this.#held.set(`${after.id} ${after.node}`, after.epoch);
    } else {
      this.#slots.delete(key);
    }
    const isOverLaterVersion = entryBefore !== undefined && isOfLaterVersion(key, entryBefore.text);
    const write = { by, key, before: before?.download ?? null, after, isOverLaterVersion };
    this.#world.history.add(by.name, `write ${key} ${describeWrite(write)}`);
    this.#world.happened({ type: "write", ...write });
    return answer;
  }

  /** Writes one or both parts of the work. */
  writeWork<T>(by: Machine, key: string, use: (repo: Repo) => Promise<T>): Promise<T> {
    const { marks, saved } = this.store;
    const [mark, checkpoint] = [marks.get(key), saved.get(key)];
    const answer = use(this.#inner);
    const id = idOf(key);
    if (marks.get(key)?.version !== mark?.version) {
      const write = { by, id, ...sides(mark?.text, marks.get(key)?.text, (text) => decodeMark(text).value) };
      this.#world.history.add(by.name, `mark ${short(id)} ${describeMark(write.after)}`);
      this.#wrote();
      this.#world.happened({ type: "marked", ...write });
    }
    if (saved.get(key)?.version !== checkpoint?.version) {
      const texts = [checkpoint?.text, saved.get(key)?.text] as const;
      const write = { by, id, ...sides(...texts, (text) => decodeSaved(text).value) };
      this.#world.history.add(by.name, `saved ${short(id)} ${describeSaved(write.after)}`);
      this.#wrote();
      this.#world.happened({ type: "saved", ...write });
    }
    return answer;
  }

  /** Writes the history. */
  writeHistory<T>(by: Machine, key: string, use: (repo: Repo) => Promise<T>): Promise<T> {
    const id = idOf(key);
    const before = this.#history.get(id) ?? null;
    const versionBefore = this.store.history.get(key)?.version;
    const answer = use(this.#inner);
    const entry = this.store.history.get(key);
    if (entry?.version === versionBefore) return answer;
    this.#wrote();
    const after = entry ? decodeDownload(key, entry.text).value : null;
    if (after) {
      this.#history.set(id, after);
      this.#ever.set(id, after);
    } else this.#history.delete(id);
    const what = after ? `${after.state}, until ${after.expiresAt}` : "removed";
    this.#world.history.add(by.name, `history ${short(id)} ${what}`);
    this.#world.happened({ type: "history written", by, id, before, after });
    return answer;
  }

  /** All writes at once, as in an engine with transactions. */
  async archive(by: Machine, { key, version, download }: Stored): Promise<Archived | null> {
    if (this.store.slots.get(key)?.version !== version) return null;
    this.#endInSlot(by, { key, version, download });
    const historyKey = downloadKey(download.user, download.id);
    const putting = this.writeHistory(by, historyKey, (repo) => repo.history.put(download));
    const removing = this.writeWork(by, historyKey, (repo) => repo.work.remove(historyKey));
    const freeing = this.writeSlot(by, key, (repo) => repo.slots.remove(key, version));
    await removing;
    return { isKept: await putting, version: (await freeing)! };
  }

  /** A takeover of slot and work at once. */
  async claim(by: Machine, { download, version, take }: Claim): Promise<Claimed | null> {
    const key = keyOf(download);
    if (this.store.slots.get(key)?.version !== version) return null;
    const workKey = downloadKey(download.user, download.id);
    const stored = workOf(workKey, this.store.marks.get(workKey), this.store.saved.get(workKey));
    const taken = take(stored);
    const claiming = this.writeSlot(by, key, (repo) => repo.slots.update(download, version));
    const taking =
      taken &&
      this.writeWork(by, workKey, async ({ work }) => {
        const [mark, saved] = await Promise.all([
          work.advance(workKey, taken.mark, stored.mark?.version ?? null),
          work.save(workKey, taken.saved, stored.saved?.version ?? null),
        ]);
        return {
          mark: { version: mark ?? 0, value: taken.mark },
          saved: { version: saved ?? 0, value: taken.saved },
        };
      });
    const claimed = await claiming;
    return claimed === null ? null : { version: claimed, work: await taking };
  }

  /** A holder's end that only the history will have: the invariants see it as a write of the slot, the nodes don't. */
  #endInSlot(by: Machine, finished: Stored): void {
    const { key, download } = finished;
    const before = this.#slots.get(key)?.download ?? null;
    if (before && isFinished(before)) return;
    this.#slots.set(key, finished);
    this.#ever.set(download.id, download);
    const write = { by, key, before, after: download, isOverLaterVersion: false };
    this.#world.history.add(by.name, `ends ${key} ${describeWrite(write)}`);
    this.#world.happened({ type: "write", ...write });
  }

  #withWork(download: Download): Download {
    return { ...download, progress: progressWith(download, this.markOf(download)) };
  }

  #wrote(): void {
    this.lastWriteAt = this.#world.clock.monotonic();
  }

  /** The unfinished download with this id. */
  unfinished(id: string): Download | undefined {
    return this.inSlots().find((download) => download.id === id && !isFinished(download));
  }

  /** The content of the slot that this download has or had. */
  inSlotOf(download: Download): Download | undefined {
    return this.#slots.get(keyOf(download))?.download;
  }
}

function sides<Value>(
  before: string | undefined,
  after: string | undefined,
  read: (text: string) => Value | null,
): { before: Value | null; after: Value | null } {
  return {
    before: before === undefined ? null : read(before),
    after: after === undefined ? null : read(after),
  };
}

function isOfLaterVersion(key: string, text: string): boolean {
  return decodeDownload(key, text).unreadable?.isNewer === true;
}

function describeMark(mark: Mark | null): string {
  return mark ? `e${mark.epoch} done ${mark.progress.done}` : "removed";
}

function describeSaved(saved: Saved | null): string {
  if (!saved) return "removed";
  const { epoch, madeIn, checkpoint } = saved;
  const what = checkpoint
    ? `${checkpoint.size} B in ${checkpoint.parts.length}, made in e${madeIn}`
    : "nothing";
  return `e${epoch} ${what}`;
}

function describeWrite({ before, after }: Write): string {
  if (!after) return `removed ${short(before?.id ?? "")}`;
  const { id, state, node, epoch, failures, handovers, progress, freshSince, file } = after;
  const shown = [
    `${before && before.id !== id ? `${short(before.id)} -> ` : ""}${short(id)} ${state} e${epoch}`,
    node ? `by ${node.split("/")[0]}/${short(node.split("/")[1] ?? "")}` : "by nobody",
    `done ${progress.done}`,
  ];
  if (failures > 0) shown.push(`failures ${failures}`);
  if (handovers > 0) shown.push(`handovers ${handovers}`);
  if (freshSince > 0) shown.push(`fresh since e${freshSince}`);
  if (file) shown.push(`file ${file.size} B in ${file.parts.length}`);
  return shown.join(", ");
}
