/** @module The façade: what an application and the HTTP layer call. Operators who look on from outside: `observer.ts`. */

import type { StoredFile } from "../download/download.ts";
import type { ExportOffer } from "../ports/export-offer.ts";
import type { ByteRange } from "../ports/file-store.ts";
import type { ClusterView, DownloadStatus, WatchEvent } from "./status.ts";

export interface StartRequest {
  user: string;
  kind: string;
  params?: unknown;
  /** Default "default". */
  slot?: string;
  /**
   * The same for every repeat of one request: a repeat gets the download that the first one made, also when that is
   * finished, for as long as it is in its slot.
   */
  idempotencyKey?: string;
  /**
   * Where an anonymous user comes from: any word that is the same for all who come from there. Such users
   * have a limit in common and, in line, a few turns in common. Not given for users who are known.
   */
  network?: string;
}

/** `unknown`: no living node has this name. `silent`: it did not answer within some seconds, and may hear it later. */
export type Asked = "asked" | "unknown" | "silent";

export interface Carryout {
  /** This node's name. */
  readonly name: string;
  /**
   * Asks for a file. Joins an equal running download, replaces a finished one. Errors: `key-reused`, `unknown-kind`,
   * `invalid-parameters` (details.errors: [{ path, message }]), `download-in-progress` (details.status: the running
   * one's DownloadStatus), `too-many-downloads` (details.limit: the setting), `invalid-request`, `draining`,
   * `unavailable`.
   */
  start(request: StartRequest): Promise<{ status: DownloadStatus; joined: boolean }>;
  /**
   * Retries a failed download with its own parameters. Null when the user has none with this id. Errors:
   * `not-failed`, and those of `start`.
   */
  retry(user: string, id: string): Promise<{ status: DownloadStatus; joined: boolean } | null>;
  /**
   * The user's download with this id, or null when there is none or it is another user's. A file that expired is found
   * for a while, and so is one that another request replaced: for transfers that began.
   */
  fetch(user: string, id: string): Promise<DownloadStatus | null>;
  /** All downloads of this user: the unfinished, then the finished, newest request first. */
  list(user: string): Promise<DownloadStatus[]>;
  /** Cancels or dismisses. True when it was there; afterwards record and file are gone. */
  remove(user: string, id: string): Promise<boolean>;
  /** A snapshot (the unfinished and the 20 newest of the finished), then changes, until the signal aborts. A slow reader gets the latest state, not every step. */
  watch(user: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Bytes of a ready file. Fails with `missing-part` if it is removed meanwhile. */
  read(file: StoredFile, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** To be called when `read` failed with `missing-part`: a file that is not whole is an error from then on. */
  reportMissing(user: string, id: string): Promise<void>;
  /** The kinds this node can make. */
  kinds(): string[];
  /** Those that are formats of an export. */
  offers(): (ExportOffer & { kind: string })[];
  cluster(): ClusterView;
  /** The view now and after changes (at most ten a second), until the signal aborts. */
  watchCluster(signal: AbortSignal): AsyncIterable<ClusterView>;
  /** Asks a node, this or another, to hand its work over and take no more. */
  drainNode(name: string): Promise<Asked>;
  /** Null when this node can serve and take requests, else why not, for people. */
  trouble(): string | null;
  /** True once it hands its work over: it still serves and takes requests, but new traffic should go elsewhere. */
  readonly draining: boolean;
  /** Hands over what runs here, tells the others, and stops. Idempotent. */
  close(): Promise<void>;
}
