/** @module Records as the public JSON of the HTTP contract. */

import { isFinished, type StoredFile } from "../download/download.ts";
import { safeFileName } from "../download/file-name.ts";
import type {
  ClusterChanges,
  ClusterDownload,
  ClusterView,
  DownloadStatus,
  NodeStatus,
} from "../tracker/status.ts";
import type {
  PublicCluster,
  PublicClusterChanges,
  PublicClusterDownload,
  PublicNode,
} from "../wire/cluster.ts";
import type { PublicDownload } from "../wire/download.ts";

export function presentDownload(status: DownloadStatus, basePath: string): PublicDownload {
  const { download } = status;
  const { id, slot, kind, state, epoch, progress, file, error } = download;
  return {
    id,
    slot,
    kind,
    state,
    progress: {
      done: progress.done,
      total: progress.total,
      fraction: progress.fraction,
      message: status.notice ?? progress.message,
    },
    position: status.position,
    etaMs: status.etaMs,
    node: status.node,
    epoch,
    file: state === "ready" && file ? presentFile(id, file, basePath) : null,
    error: error && { code: error.code, message: error.message, retriable: error.retriable },
    requestedAt: timestamp(download.requestedAt),
    startedAt: timestamp(download.startedAt),
    finishedAt: timestamp(download.finishedAt),
    expiresAt: timestamp(download.expiresAt),
  };
}

function presentFile(id: string, file: StoredFile, basePath: string) {
  const { type, note, size, sha256 } = file;
  const name = servedName(file.name);
  return {
    name,
    type,
    ...(note && { note }),
    size,
    sha256,
    url: `${downloadUrl(id, basePath)}/${encodeURIComponent(name)}`,
  };
}

export function downloadUrl(id: string, basePath: string): string {
  return `${basePath}/downloads/${id}`;
}

/** The name shown in lists, which equals the decoded last segment of the URL. */
export function servedName(name: string): string {
  return safeFileName(name) || "download";
}

/** `pid` is omitted if the cluster spans machines, where it has no meaning. */
export function presentNode({ pid, ...node }: NodeStatus): PublicNode {
  const shown = { ...node, startedAt: timestamp(node.startedAt) };
  return pid === null ? shown : { ...shown, pid };
}

/** Without users, and without the kinds, which would be repeated in every event. */
export function presentCluster({ nodes, downloads, unfinished }: ClusterView): PublicCluster {
  const withoutKinds = nodes.map((node) => {
    const { kinds, ...shown } = presentNode(node);
    return shown;
  });
  const withoutUsers = downloads.map((download) => {
    const { user, ...shown } = presentRow(download);
    return shown;
  });
  return { nodes: withoutKinds, downloads: withoutUsers, unfinished };
}

/** The snapshot before `presentChanges`. */
export function presentWholeCluster({ nodes, downloads, unfinished }: ClusterView): PublicCluster {
  return { nodes: nodes.map(presentNode), downloads: downloads.map(presentRow), unfinished };
}

export function presentChanges({
  nodes,
  downloads,
  removed,
  unfinished,
}: ClusterChanges): PublicClusterChanges {
  return {
    nodes: nodes?.map(presentNode) ?? null,
    downloads: downloads.map(presentRow),
    removed,
    unfinished,
  };
}

function presentRow(download: ClusterDownload): PublicClusterDownload {
  return { ...download, requestedAt: timestamp(download.requestedAt) };
}

const SHORTEST_WAIT_S = 1;
const LONGEST_WAIT_S = 10;

/** For `Retry-After`: seconds until the next poll, or null when the download is finished. */
export function retryAfterSeconds(status: DownloadStatus): number | null {
  if (isFinished(status.download)) return null;
  const expected = Math.ceil((status.etaMs ?? 0) / 1_000);
  return Math.min(LONGEST_WAIT_S, Math.max(SHORTEST_WAIT_S, expected));
}

export function timestamp(ms: number): string;
export function timestamp(ms: number | null): string | null;
export function timestamp(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
