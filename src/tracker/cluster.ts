/** @module The cluster as operators see it: living nodes and what they hold. */

import { ownerOf } from "../download/key.ts";
import type { Clock } from "../ports/clock.ts";
import { type Membership, nodeIdOf } from "../ports/membership.ts";
import type { ClusterDownload, ClusterView, NodeStatus } from "./status.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";
import type { WorkFollower } from "./work-follower.ts";

const MOST_DOWNLOADS = 200;
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
    const nodes = this.#membership.members().map((member): NodeStatus => {
      const { name, incarnation, url, pid, version, capacity, draining } = member;
      const running = this.#unfinished.heldBy(nodeIdOf(member)).size;
      return { name, incarnation, url, pid, version, capacity, running, draining };
    });
    return {
      nodes: nodes.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
      downloads: this.#shown().map((entry) => this.#present(entry)),
      unfinished: this.#unfinished.size,
    };
  }

  async *watch(signal: AbortSignal): AsyncIterable<ClusterView> {
    const either = AbortSignal.any([signal, this.#closed.signal]);
    const changed = () => this.changed();
    // Progress is followed only while there are watchers.
    const { stop } = this.#work.follow(null, { apply: changed, restarted: changed, failed: changed });
    let shown = -1;
    try {
      while (!either.aborted) {
        if (shown !== this.#version) {
          shown = this.#version;
          yield this.view();
          await this.#clock.sleep(VIEW_MS, either);
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
  #shown(): Entry[] {
    const shown: Entry[] = [];
    for (const member of this.#membership.members()) {
      for (const entry of this.#unfinished.heldBy(nodeIdOf(member))) {
        if (shown.length >= MOST_DOWNLOADS) return shown;
        shown.push(entry);
      }
    }
    for (const entry of this.#unfinished.line) {
      if (shown.length >= MOST_DOWNLOADS) break;
      shown.push(entry);
    }
    return shown;
  }

  #present(entry: Entry): ClusterDownload {
    const { id, kind, epoch } = entry;
    const fraction = this.#work.markOf(`${ownerOf(entry.key)}.${id}`)?.progress.fraction ?? null;
    const isWaiting = this.#unfinished.line.position(entry) !== null;
    const node = isWaiting ? null : entry.node;
    return { id, kind, state: node === null ? "pending" : "processing", node, epoch, fraction };
  }
}
