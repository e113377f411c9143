/** @module A download as its user sees it: the record, plus what only the cluster as a whole knows. */

import type { Checkpoints, Download, DownloadState } from "../download/download.ts";
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
  /** When its process started, by its own clock; null for an older version. */
  startedAt: number | null;
  /** The kinds that it makes, with the revision of each where it is known; null for an older version. */
  kinds: Record<string, string | null> | null;
}

/** A running or waiting download as operators see it, without its parameters. */
export interface ClusterDownload {
  id: string;
  user: string;
  kind: string;
  state: "pending" | "processing";
  node: NodeId | null;
  epoch: number;
  fraction: number | null;
  requestedAt: number;
  /** Of two that wait for the same kind of place, the one with the lower number is first. */
  turn: number;
}

export interface ClusterView {
  nodes: NodeStatus[];
  /** The oldest unfinished ones, at most 200. */
  downloads: ClusterDownload[];
  /** The number of all unfinished ones. */
  unfinished: number;
}

/** What changed since the event before. */
export interface ClusterChanges {
  type: "changes";
  /** All of them, if anything about any of them changed. */
  nodes: NodeStatus[] | null;
  /** New ones, and those that changed. */
  downloads: ClusterDownload[];
  /** Ids of those that are finished, removed or no longer listed. */
  removed: string[];
  /** The number of all unfinished ones. */
  unfinished: number;
}

/** What a watcher of the whole cluster receives: first a snapshot, then changes. Lists at most 10,000 downloads. */
export type ClusterEvent = ({ type: "snapshot" } & ClusterView) | ClusterChanges;

/** Which downloads of all users an operator looks for; omitted conditions match everything. */
export interface DownloadSearch {
  /** The whole id; of an unfinished download, its beginning is enough. */
  id?: string | undefined;
  user?: string | undefined;
  kind?: string | undefined;
  state?: DownloadState | undefined;
  limit: number;
  /** `next` of the previous answer to the same search. */
  after?: string | undefined;
}

export interface FoundDownloads {
  /** At most `limit`, unfinished ones first. May be short, or empty, although there are more. */
  found: DownloadStatus[];
  /** Where the search continues; null at its end. Opaque. */
  next: string | null;
}

/** One download with what is stored of the work on it. */
export interface DownloadStory {
  status: DownloadStatus;
  checkpoints: Checkpoints;
  /** Bytes from which it would resume; null if it is finished, or nothing was saved. */
  savedBytes: number | null;
}

/** Milliseconds; `waits` has one more number than this, for longer waits. */
export const WAIT_BOUNDS_MS: readonly number[] = [
  100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
];

/**
 * One minute of this node. `running`, `ready`, `failed` and `waits` are its own, to be added to those of others;
 * `waiting` is the whole cluster's.
 */
export interface ActivityPoint {
  /** Minutes since the epoch, UTC. */
  minute: number;
  /** The most at a time. */
  running: number;
  waiting: number;
  ready: number;
  failed: number;
  /** How many of the downloads that it claimed first had waited up to each of `WAIT_BOUNDS_MS`, and longer. */
  waits: number[];
}
