/** @module What the cluster page shows over time: nodes, including those that have just left, and unfinished downloads. */

import type {
  PublicCluster,
  PublicClusterChanges,
  PublicClusterDownload,
  PublicNode,
} from "../wire/cluster.ts";

/** An unfinished download in the live list. */
export type LiveDownload = PublicClusterDownload & { user: string };

export interface NodeCard {
  node: PublicNode;
  /** `gone`: it left the cluster moments ago. `back`: a new process under the same name. */
  state: "alive" | "gone" | "back";
  /** What it holds, the longest running first. */
  downloads: PublicClusterDownload[];
}

const GONE_MS = 8_000;
const BACK_MS = 4_000;

interface Known {
  node: PublicNode;
  goneAt: number | null;
  backAt: number | null;
}

/** Built from a snapshot and changes. Cards keep their position while shown: ordered by name. */
export class ClusterModel {
  readonly #known = new Map<string, Known>();
  readonly #downloads = new Map<string, LiveDownload>();
  /** In order, with the index of each; null when the order may have changed. */
  #listed: { rows: LiveDownload[]; indexes: Map<string, number> } | null = null;
  #unfinished = 0;

  replace({ nodes, downloads, unfinished }: PublicCluster, now: number): void {
    this.#see(nodes, now);
    this.#downloads.clear();
    for (const download of downloads) this.#downloads.set(download.id, live(download));
    this.#listed = null;
    this.#unfinished = unfinished;
  }

  change({ nodes, downloads, removed, unfinished }: PublicClusterChanges, now: number): void {
    if (nodes) this.#see(nodes, now);
    for (const id of removed) if (this.#downloads.delete(id)) this.#listed = null;
    for (const changed of downloads) {
      const download = live(changed);
      const before = this.#downloads.get(download.id);
      if (before?.state !== download.state) this.#listed = null;
      this.#downloads.set(download.id, download);
      const index = this.#listed?.indexes.get(download.id);
      if (index !== undefined) this.#listed!.rows[index] = download;
    }
    this.#unfinished = unfinished;
  }

  get(id: string): LiveDownload | undefined {
    return this.#downloads.get(id);
  }

  /** The running ones, the longest running first, then the waiting ones in the order of their turns. */
  rows(): readonly LiveDownload[] {
    if (this.#listed === null) {
      const rows = [...this.#downloads.values()].sort(inRowOrder);
      this.#listed = { rows, indexes: new Map(rows.map(({ id }, index) => [id, index])) };
    }
    return this.#listed.rows;
  }

  /** How many unfinished downloads are not among `rows`. */
  get unlisted(): number {
    return Math.max(0, this.#unfinished - this.#downloads.size);
  }

  get running(): number {
    return [...this.#downloads.values()].filter(({ state }) => state === "processing").length;
  }

  get waiting(): number {
    return this.#unfinished - this.running;
  }

  /** Every kind that a node makes or that is unfinished, in order. */
  kinds(): string[] {
    const kinds = new Set([...this.#downloads.values()].map(({ kind }) => kind));
    for (const { node } of this.#known.values())
      for (const kind of Object.keys(node.kinds ?? {})) kinds.add(kind);
    return [...kinds].sort();
  }

  /** Pure, except that it forgets nodes that were shown as gone for long enough. */
  cards(now: number): NodeCard[] {
    for (const [name, { goneAt }] of this.#known)
      if (goneAt !== null && now - goneAt >= GONE_MS) this.#known.delete(name);
    const held = new Map<string, PublicClusterDownload[]>();
    for (const download of this.rows()) {
      if (download.node === null) continue;
      const ofNode = held.get(download.node);
      if (ofNode) ofNode.push(download);
      else held.set(download.node, [download]);
    }
    return [...this.#known.values()]
      .sort((a, b) => a.node.name.localeCompare(b.node.name, "en", { numeric: true }))
      .map((known) => ({
        node: known.node,
        state: stateOf(known, now),
        // Downloads of a node that has just gone stay on its card until they are taken over.
        downloads: held.get(`${known.node.name}/${known.node.incarnation}`) ?? [],
      }));
  }

  #see(nodes: readonly PublicNode[], now: number): void {
    const living = new Set(nodes.map((node) => node.name));
    for (const [name, known] of this.#known) if (!living.has(name)) known.goneAt ??= now;
    for (const node of nodes) {
      const before = this.#known.get(node.name);
      const isNew = before !== undefined && before.node.incarnation !== node.incarnation;
      this.#known.set(node.name, { node, goneAt: null, backAt: isNew ? now : (before?.backAt ?? null) });
    }
  }
}

/** The state with which a page begins has no users. */
function live(download: PublicClusterDownload): LiveDownload {
  return { ...download, user: download.user ?? "" };
}

function stateOf({ goneAt, backAt }: Known, now: number): NodeCard["state"] {
  if (goneAt !== null) return "gone";
  return backAt !== null && now - backAt < BACK_MS ? "back" : "alive";
}

function inRowOrder(a: PublicClusterDownload, b: PublicClusterDownload): number {
  if (a.state !== b.state) return a.state === "processing" ? -1 : 1;
  if (a.state === "pending" && a.turn !== b.turn) return a.turn - b.turn;
  // RFC 3339 in UTC sorts as text.
  if (a.state === "processing" && a.requestedAt !== b.requestedAt)
    return a.requestedAt < b.requestedAt ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
