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
    return this.#view(MOST_DOWNLOADS);
  }

  #view(most: number): ClusterView {
    const nodes = this.#membership.members().map((member): NodeStatus => {
      const { name, incarnation, url, pid, version, capacity, draining, startedAt = null } = member;
      const running = this.#unfinished.heldBy(nodeIdOf(member)).size;
      const facts = { name, incarnation, url, pid, version, capacity, running, draining };
      return { ...facts, startedAt, kinds: kindsOf(member) };
    });
    return {
      nodes: nodes.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
      downloads: this.#shown(most).map((entry) => this.#present(entry)),
      unfinished: this.#unfinished.size,
    };
  }

  /** At most ten a second. */
  watch(signal: AbortSignal): AsyncIterable<ClusterView> {
    return this.#views(signal, MOST_DOWNLOADS, () => VIEW_MS);
  }

  /** A snapshot, then only what changed. */
  async *watchAll(signal: AbortSignal): AsyncIterable<ClusterEvent> {
    const difference = new ClusterDifference();
    const pauseMs = ({ downloads }: ClusterView) => (downloads.length > MANY ? MANY_CHANGES_MS : CHANGES_MS);
    for await (const view of this.#views(signal, MOST_FOR_CHANGES, pauseMs)) {
      const event = difference.with(view);
      if (event !== null) yield event;
    }
  }

  async *#views(
    signal: AbortSignal,
    most: number,
    pauseMs: (view: ClusterView) => number,
  ): AsyncGenerator<ClusterView, void, void> {
    const either = AbortSignal.any([signal, this.#closed.signal]);
    const changed = () => this.changed();
    // Progress is followed only while there are watchers.
    const { stop } = this.#work.follow(null, { apply: changed, restarted: changed, failed: changed });
    let shown = -1;
    try {
      while (!either.aborted) {
        if (shown !== this.#version) {
          shown = this.#version;
          const view = this.#view(most);
          yield view;
          await this.#clock.sleep(pauseMs(view), either);
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

  #present(entry: Entry): ClusterDownload {
    const { id, kind, epoch, requestedAt } = entry;
    const fraction = this.#work.markOf(`${ownerOf(entry.key)}.${id}`)?.progress.fraction ?? null;
    const isWaiting = this.#unfinished.line.position(entry) !== null;
    const node = isWaiting ? null : entry.node;
    const state = node === null ? "pending" : "processing";
    const user = userOf(entry.key);
    return { id, user, kind, state, node, epoch, fraction, requestedAt, turn: turnOf(entry) };
  }
}

function kindsOf({ kinds, revisions }: Member): Record<string, string | null> | null {
  return kinds && Object.fromEntries(kinds.map((kind) => [kind, revisions[kind] ?? null]));
}
