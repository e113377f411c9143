/** @module What the cluster view shows over time, including nodes that have just left. */

import type { PublicCluster, PublicClusterDownload, PublicNode } from "../wire/cluster.ts";

export interface NodeCard {
  node: PublicNode;
  /** `gone`: it left the cluster moments ago. `back`: a new process under the same name. */
  state: "alive" | "gone" | "back";
  downloads: PublicClusterDownload[];
}

export interface Board {
  cards: NodeCard[];
  /** Waiting for capacity, oldest first. */
  waiting: PublicClusterDownload[];
  /** Number of unfinished downloads that the server did not list. */
  unlisted: number;
}

const GONE_MS = 5_000;
const BACK_MS = 4_000;

interface Known {
  node: PublicNode;
  goneAt: number | null;
  backAt: number | null;
}

/** Cards keep their position while shown: ordered by name. */
export class ClusterBoard {
  readonly #known = new Map<string, Known>();
  #view: PublicCluster = { nodes: [], downloads: [], unfinished: 0 };

  update(view: PublicCluster, now: number): void {
    this.#view = view;
    const living = new Map(view.nodes.map((node) => [node.name, node]));
    for (const [name, known] of this.#known) if (!living.has(name)) known.goneAt ??= now;
    for (const node of view.nodes) {
      const before = this.#known.get(node.name);
      const isNew = before !== undefined && before.node.incarnation !== node.incarnation;
      this.#known.set(node.name, { node, goneAt: null, backAt: isNew ? now : (before?.backAt ?? null) });
    }
  }

  /** Pure, except that it forgets nodes that were shown as gone for long enough. */
  at(now: number): Board {
    for (const [name, { goneAt }] of this.#known) {
      if (goneAt !== null && now - goneAt >= GONE_MS) this.#known.delete(name);
    }
    const { downloads, unfinished } = this.#view;
    const cards = [...this.#known.values()]
      .sort((a, b) => a.node.name.localeCompare(b.node.name, "en", { numeric: true }))
      .map((known) => ({
        node: known.node,
        state: stateOf(known, now),
        downloads: heldBy(known, downloads),
      }));
    const shown = new Set(cards.flatMap((card) => card.downloads));
    return {
      cards,
      waiting: downloads.filter((download) => !shown.has(download)),
      unlisted: Math.max(0, unfinished - downloads.length),
    };
  }

  /** True while the view will change with time alone. */
  isSettling(now: number): boolean {
    return [...this.#known.values()].some((known) => stateOf(known, now) !== "alive");
  }
}

function stateOf({ goneAt, backAt }: Known, now: number): NodeCard["state"] {
  if (goneAt !== null) return "gone";
  return backAt !== null && now - backAt < BACK_MS ? "back" : "alive";
}

/** Includes downloads that still name a holder that has just gone: they stay on its card until taken over. */
function heldBy({ node }: Known, downloads: PublicClusterDownload[]): PublicClusterDownload[] {
  return downloads.filter((download) => download.node === `${node.name}/${node.incarnation}`);
}
