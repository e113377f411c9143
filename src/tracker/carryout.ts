/**
 * @module The façade: what an application and the HTTP layer call. For operators outside the cluster: `observer.ts`.
 */

import type { StoredFile } from "../download/download.ts";
import type { Listed } from "../download/order.ts";
import type { ExportOffer } from "../ports/export-offer.ts";
import type { ByteRange, FileHeaders } from "../ports/file-store.ts";
import type {
  ActivityPoint,
  ClusterEvent,
  ClusterView,
  DownloadSearch,
  DownloadStatus,
  DownloadStory,
  FoundDownloads,
  WatchEvent,
} from "./status.ts";

export interface StartRequest {
  user: string;
  kind: string;
  params?: unknown;
  /** Default "default". */
  slot?: string;
  /**
   * The same for every repeat of one request: a repeat gets the download that the first one created, even a finished
   * one, as long as it is among the user's newest 50.
   */
  idempotencyKey?: string;
  /**
   * The origin of an anonymous user: any string shared by all users from there. They share one limit and a few turns in
   * the queue. Omitted for identified users.
   */
  network?: string;
}

/**
 * `unknown`: no living node has this name. `silent`: it did not answer within some seconds, but may still get the
 * command.
 */
export type Asked = "asked" | "unknown" | "silent";

/** Which part of a list. */
export interface ListPage {
  limit?: number;
  /** The last download of the previous page: this page starts after its position, even if it has been removed. */
  after?: Listed;
}

/** What operators do with the downloads of all users. */
export interface Operations {
  /** Unfinished downloads as this node sees them, and finished ones. Fails with `invalid-request` for an invalid `after`. */
  find(search: DownloadSearch): Promise<FoundDownloads>;
  /** Null if no user has a download with this id. */
  story(id: string): Promise<DownloadStory | null>;
  /** Cancels an unfinished download; a finished one stays. */
  cancel(id: string): Promise<"cancelled" | "finished" | "unknown">;
  /** As `Carryout.retry`, for its user. */
  retry(id: string): Promise<{ status: DownloadStatus; joined: boolean } | null>;
  /** The last 24 hours of this node, minute by minute, as far as it ran: see `Activity.points`. */
  activity(): ActivityPoint[];
  /** The whole cluster, then every change (at most four a second), until the signal aborts. */
  watch(signal: AbortSignal): AsyncIterable<ClusterEvent>;
}

export interface Carryout {
  /** This node's name. */
  readonly name: string;
  /**
   * Asks for a file. Joins an equal running download, or a ready one that its generator's `reuse` still allows. Errors:
   * `key-reused`, `unknown-kind`, `invalid-parameters` (details.errors: [{ path, message }]), `download-in-progress`
   * (details.status: the running one's DownloadStatus), `too-many-downloads` (details.limit: the setting),
   * `invalid-request`, `draining`, `unavailable`.
   */
  start(request: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }>;
  /**
   * Retries a failed download with its own parameters. Null when the user has none with this id. Errors: `not-failed`,
   * and those of `start`.
   */
  retry(user: string, id: string): Promise<{ status: DownloadStatus; joined: boolean } | null>;
  /**
   * The user's download with this id; null when it does not exist or is another user's. An expired file can
   * still be found for a while, for transfers that have begun.
   */
  fetch(user: string, id: string): Promise<DownloadStatus | null>;
  /**
   * This user's downloads: unfinished ones, then finished ones, each newest request first. At most 100 without a
   * `limit`.
   */
  list(user: string, page?: ListPage): Promise<DownloadStatus[]>;
  /** Cancels or dismisses. True if the download existed; its record and file are gone afterwards. */
  remove(user: string, id: string): Promise<boolean>;
  /** The same for all downloads that this user has at the time of the call. Returns how many there were. */
  removeAll(user: string): Promise<number>;
  /**
   * A snapshot (all unfinished and the 20 newest finished downloads), then changes, until the signal aborts. A slow
   * reader gets the latest state, not every step.
   */
  watch(user: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Bytes of a ready file. Fails with `missing-part` if the file is removed meanwhile. */
  read(file: StoredFile, range?: ByteRange): AsyncIterable<Uint8Array>;
  /**
   * A URL from which anyone can fetch a ready file for a short time, with these response headers; null if the nodes send
   * it. Fails with `missing-part`.
   */
  address(file: StoredFile, headers: FileHeaders): Promise<string | null>;
  /** Call it when `read` or `address` failed with `missing-part`: an incomplete file is recorded as an error. */
  reportMissing(user: string, id: string): Promise<void>;
  /** The kinds that this node can make. */
  kinds(): string[];
  /** The kinds that are formats of an export. */
  offers(): (ExportOffer & { kind: string })[];
  cluster(): ClusterView;
  /** The current view, then a new one after changes (at most ten a second), until the signal aborts. */
  watchCluster(signal: AbortSignal): AsyncIterable<ClusterView>;
  readonly operations: Operations;
  /** Asks a node, this or another, to hand over its work and accept no more. */
  drainNode(name: string): Promise<Asked>;
  /** Null when this node can serve and accept requests, otherwise the reason in words. */
  trouble(): string | null;
  /**
   * True once it is handing over its work: it still serves and accepts requests, but new traffic should go elsewhere.
   */
  readonly draining: boolean;
  /** Hands over this node's work, tells the other nodes, and stops. Idempotent. */
  close(): Promise<void>;
}
