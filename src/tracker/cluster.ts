/** @module The cluster as operators see it: living nodes and what they hold. */

import { ownerOf, userOf } from "../download/key.ts";
import type { Clock } from "../ports/clock.ts";
import { type Member, type Membership, nodeIdOf } from "../ports/membership.ts";
import { ClusterDifference } from "./cluster-difference.ts";
import type { ClusterDownload, ClusterEvent, ClusterView, NodeStatus } from "./status.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";
import { turnOf } from "./wait-queue.ts";
import type { WorkFollower } from "./work-follower.ts";

const MOST_DOWNLOADS = 200;
const MOST_FOR_CHANGES = 10_000;
/** Shortest time between two events with changes. Each costs a look at all that are listed. */
const CHANGES_MS = 250;
const MANY_CHANGES_MS = 500;
const MANY = 2_000;
/** Shortest time between two views for a watcher. */
const VIEW_MS = 100;

/** Views of the cluster from this node's index, for its watchers. */
export class Cluster {
  readonly #unfinished: UnfinishedIndex;
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #work: WorkFollower;
  readonly #waiting = new Set<() => void>();
  readonly #closed = new AbortController();
  #version = 0;

  constructor(unfinished: UnfinishedIndex, membership: Membership, clock: Clock, work: WorkFollower) {
    this.#unfinished = unfinished;
    this.#membership = membership;
    this.#clock = clock;
    this.#work = work;
  }

  view(): ClusterView {
    return {
      nodes: this.#nodes(),
      downloads: this.#shown(MOST_DOWNLOADS).map((entry) => this.#present(entry)),
      unfinished: this.#unfinished.size,
    };
  }

  #nodes(): NodeStatus[] {
    const nodes = this.#membership.members().map((member): NodeStatus => {
      const { name, incarnation, url, pid, version, capacity, draining, startedAt = null } = member;
      const running = this.#unfinished.heldBy(nodeIdOf(member)).size;
      const facts = { name, incarnation, url, pid, version, capacity, running, draining };
      return { ...facts, startedAt, kinds: kindsOf(member) };
    });
    return nodes.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  }

  /** At most ten a second. */
  async *watch(signal: AbortSignal): AsyncIterable<ClusterView> {
    for await (const _ of this.#changes(signal, () => VIEW_MS)) yield this.view();
  }

  /** A snapshot, then only what changed. */
  async *watchAll(signal: AbortSignal): AsyncIterable<ClusterEvent> {
    const difference = new ClusterDifference<Entry>((entry, before) => this.#present(entry, before));
    const pauseMs = () => (difference.size > MANY ? MANY_CHANGES_MS : CHANGES_MS);
    for await (const _ of this.#changes(signal, pauseMs)) {
      const entries = this.#shown(MOST_FOR_CHANGES);
      const event = difference.with(this.#nodes(), entries, this.#unfinished.size);
      if (event !== null) yield event;
    }
  }

  /** At once, then whenever something has changed, with a pause after each. */
  async *#changes(signal: AbortSignal, pauseMs: () => number): AsyncGenerator<void, void, void> {
    const either = AbortSignal.any([signal, this.#closed.signal]);
    const changed = () => this.changed();
    // Progress is followed only while there are watchers.
    const { stop } = this.#work.follow(null, { apply: changed, restarted: changed, failed: changed });
    let shown = -1;
    try {
      while (!either.aborted) {
        if (shown !== this.#version) {
          shown = this.#version;
          yield;
          await this.#clock.sleep(pauseMs(), either);
        } else {
          await this.#nextChange(either);
        }
      }
    } finally {
      stop();
    }
  }

  /** Ends every watch. */
  close(): void {
    this.#closed.abort();
  }

  changed(): void {
    this.#version++;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** Running downloads, then the first in the queue. */
  #shown(most: number): Entry[] {
    const shown: Entry[] = [];
    for (const member of this.#membership.members()) {
      for (const entry of this.#unfinished.heldBy(nodeIdOf(member))) {
        if (shown.length >= most) return shown;
        shown.push(entry);
      }
    }
    for (const entry of this.#unfinished.line) {
      if (shown.length >= most) break;
      shown.push(entry);
    }
    return shown;
  }

  /** `before` itself if it still holds: with thousands of entries, most of which wait, this must cost little. */
  #present(entry: Entry, before?: ClusterDownload): ClusterDownload {
    const { id, kind, epoch, requestedAt } = entry;
    const isWaiting = this.#unfinished.line.position(entry) !== null;
    const node = isWaiting ? null : entry.node;
    // Nothing was made of one that was never claimed.
    const mark = epoch === 0 ? null : this.#work.markOf(`${ownerOf(entry.key)}.${id}`);
    const fraction = mark?.progress.fraction ?? null;
    if (before?.node === node && before.epoch === epoch && before.fraction === fraction) return before;
    const state = node === null ? "pending" : "processing";
    const user = before?.user ?? userOf(entry.key);
    return { id, user, kind, state, node, epoch, fraction, requestedAt, turn: turnOf(entry) };
  }
}

function kindsOf({ kinds, revisions }: Member): Record<string, string | null> | null {
  return kinds && Object.fromEntries(kinds.map((kind) => [kind, revisions[kind] ?? null]));
}
