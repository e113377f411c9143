/** @module The interface for applications: the tracker's façade, with downloads in the wire format. */

import { CarryoutError, isCarryoutError } from "../errors.ts";
import { presentExports } from "../http/exports.ts";
import { presentCluster, presentDownload } from "../http/present.ts";
import type { ByteRange } from "../ports/file-store.ts";
import type { Asked, Carryout } from "../tracker/carryout.ts";
import type { DownloadStatus, WatchEvent } from "../tracker/status.ts";
import type { PublicCluster } from "../wire/cluster.ts";
import type { DownloadEvent, PublicDownload } from "../wire/download.ts";
import type { PublicExport } from "../wire/export.ts";
import type { AnyGenerator, StartRequest } from "./typed.ts";

export interface Started {
  download: PublicDownload;
  /** True when an equal download already existed. */
  joined: boolean;
}

/** The downloads of all users, from one node. `Made` are the generators: kinds and parameters are checked by them. */
export interface Downloads<Made extends AnyGenerator = AnyGenerator> {
  /** This node's name. */
  readonly name: string;
  /**
   * Asks for a file. Joins an equal running download, replaces a finished one. Errors: `key-reused`, `unknown-kind`,
   * `invalid-parameters` (details.errors: [{ path, message }]), `download-in-progress` (details.download: the running
   * one), `too-many-downloads` (details.limit: the setting), `invalid-request`, `draining`, `unavailable`.
   */
  start(request: StartRequest<Made>): Promise<Started>;
  /**
   * Retries a failed download with its stored parameters. Null if the user has no download with this id. Errors:
   * `not-failed`, and those of `start`.
   */
  retry(user: string, id: string): Promise<Started | null>;
  /** The user's download with this id, or null if it does not exist or belongs to another user. */
  get(user: string, id: string): Promise<PublicDownload | null>;
  /**
   * This user's downloads: unfinished ones, then finished ones, each with the newest request first; at most `limit`
   * (default 100). For the next page, give the last download of this one as `after`.
   */
  list(user: string, page?: { limit?: number; after?: PublicDownload }): Promise<PublicDownload[]>;
  /** Cancels or dismisses. True if it existed; afterwards record and file are gone. */
  remove(user: string, id: string): Promise<boolean>;
  /** The same for all downloads of this user, as when an account is closed. Returns how many there were. */
  removeAll(user: string): Promise<number>;
  /**
   * A snapshot (the unfinished and the 20 newest of the finished), then changes, until the signal aborts. A slow
   * reader gets the latest state, not every step.
   */
  watch(user: string, signal: AbortSignal): AsyncIterable<DownloadEvent>;
  /**
   * The bytes of a ready file, or null if the user has none with this id. Fails with `missing-part` if it is removed
   * meanwhile.
   */
  read(user: string, id: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | null>;
  /** The kinds this node can make. */
  kinds(): string[];
  /** What users can export with them, as `GET /downloads/exports` tells it. */
  exports(): PublicExport[];
  cluster(): PublicCluster;
  /** The view now and after changes (at most ten a second), until the signal aborts. */
  watchCluster(signal: AbortSignal): AsyncIterable<PublicCluster>;
  /** Asks a node, this or another, to hand its work over and take no more. */
  drainNode(name: string): Promise<Asked>;
  /** Null if this node can serve and accept requests, else the reason, for users. */
  trouble(): string | null;
  /** True once it is draining: it still serves and accepts requests, but new traffic should go elsewhere. */
  readonly draining: boolean;
}

/** `basePath` is the prefix of file URLs. */
export function downloadsOf<Made extends AnyGenerator>(
  carryout: Carryout,
  basePath: string,
): Downloads<Made> {
  const present = (status: DownloadStatus) => presentDownload(status, basePath);
  const started = async (starting: ReturnType<Carryout["retry"]>): Promise<Started | null> => {
    const answer = await starting.catch((error: unknown) => {
      throw publicError(error, present);
    });
    return answer && { download: present(answer.status), joined: answer.joined };
  };
  return {
    name: carryout.name,
    start: async (request) => (await started(carryout.start(request))) as Started,
    retry: (user, id) => started(carryout.retry(user, id)),
    get: async (user, id) => {
      const status = await carryout.fetch(user, id);
      return status && present(status);
    },
    list: async (user, { limit, after } = {}) => {
      const page = {
        ...(limit !== undefined && { limit }),
        ...(after !== undefined && { after: { ...after, requestedAt: Date.parse(after.requestedAt) } }),
      };
      return (await carryout.list(user, page)).map(present);
    },
    remove: (user, id) => carryout.remove(user, id),
    removeAll: (user) => carryout.removeAll(user),
    watch: (user, signal) => mapped(carryout.watch(user, signal), (event) => publicEvent(event, present)),
    read: async (user, id, range) => {
      const { state, file } = (await carryout.fetch(user, id))?.download ?? {};
      return state === "ready" && file ? carryout.read(file, range) : null;
    },
    kinds: () => carryout.kinds(),
    exports: () => presentExports(carryout.offers()),
    cluster: () => presentCluster(carryout.cluster()),
    watchCluster: (signal) => mapped(carryout.watchCluster(signal), presentCluster),
    drainNode: (name) => carryout.drainNode(name),
    trouble: () => carryout.trouble(),
    get draining() {
      return carryout.draining;
    },
  };
}

type Present = (status: DownloadStatus) => PublicDownload;

function publicEvent(event: WatchEvent, present: Present): DownloadEvent {
  if (event.type === "snapshot") return { ...event, downloads: event.downloads.map(present) };
  return event.type === "download" ? { type: "download", download: present(event.status) } : event;
}

/** The error of a request refused because of a download, which it includes in its public form. */
function publicError(error: unknown, present: Present): unknown {
  if (!isCarryoutError(error, "download-in-progress")) return error;
  const { code, message, retriable, details } = error;
  const { status, ...others } = details as { status?: DownloadStatus };
  if (status === undefined) return error;
  return new CarryoutError(code, message, {
    retriable,
    details: { ...others, download: present(status) },
    cause: error.cause,
  });
}

async function* mapped<From, To>(items: AsyncIterable<From>, to: (item: From) => To): AsyncGenerator<To> {
  for await (const item of items) yield to(item);
}
