/** @module A download as its user sees it: the record, plus what only the cluster as a whole knows. */

import type { Download } from "../download/download.ts";
import type { NodeId } from "../ports/membership.ts";

export interface DownloadStatus {
  download: Download;
  /** The living holder, or null while it waits. */
  node: NodeId | null;
  /** 1 for the next in the queue; null when it is not waiting. */
  position: number | null;
  /** Expected time until it is ready in milliseconds; null while unknown. */
  etaMs: number | null;
  /** What it waits for, other than its turn; shown in place of its progress's message. */
  notice?: string | null;
}

/** What one user's watcher receives: first a snapshot, then every change, without gaps. */
export type WatchEvent =
  | { type: "snapshot"; downloads: DownloadStatus[] }
  | { type: "download"; status: DownloadStatus }
  | { type: "removed"; id: string };

/** A node as operators see it. */
export interface NodeStatus {
  name: string;
  incarnation: string;
  url: string | null;
  pid: number | null;
  version: string;
  capacity: number;
  /** Number of generations it holds. */
  running: number;
  draining: boolean;
}

/** A running or waiting download as operators see it, without its owner and parameters. */
export interface ClusterDownload {
  id: string;
  kind: string;
  state: "pending" | "processing";
  node: NodeId | null;
  epoch: number;
  fraction: number | null;
}

export interface ClusterView {
  nodes: NodeStatus[];
  /** The oldest unfinished ones, at most 200. */
  downloads: ClusterDownload[];
  /** The number of all unfinished ones. */
  unfinished: number;
}
