/** @module Parts as objects in a bucket of S3, or of a server that speaks its protocol. */

import { hash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { isCarryoutError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { claimPlace, NOTE } from "../../ports/cluster-note.ts";
import { checkKey, checkPrefix } from "../../ports/file-key.ts";
import type {
  ByteRange,
  ClusterIdentity,
  DirectDelivery,
  FileStore,
  FileTrouble,
} from "../../ports/file-store.ts";
import type { Log } from "../../ports/log.ts";
import { inParallel } from "./in-parallel.ts";
import { PartReader } from "./part-reader.ts";
import { S3Calls } from "./s3-calls.ts";
import { openClient } from "./s3-client.ts";
import { asUnusable } from "./s3-errors.ts";
import { type ListedPart, S3Objects } from "./s3-objects.ts";
import type { S3Place } from "./s3-url.ts";
import { UnfinishedUploads } from "./unfinished-uploads.ts";

export interface S3FileStoreOptions {
  place: S3Place;
  clock: Clock;
  log: Log;
  /** Default: one for this place. It is destroyed with the store. */
  client?: S3Client;
}

/** A request for each, as not every server understands the one that deletes many. */
const DELETIONS_AT_A_TIME = 16;
/** Waiting parts are retried more often than this, so by then it is known whether they can be stored again. */
const TROUBLE_MS = 20_000;

/**
 * Opens a store over the bucket, which must exist. Fails with `store-unusable` if there is no such bucket or access to it is
 * denied, and with `UnavailableError` if it can't be reached for 10 s.
 */
export async function openS3FileStore(options: S3FileStoreOptions): Promise<FileStore> {
  const { place, clock, log, client = openClient(place) } = options;
  const objects = new S3Objects(client, place, new S3Calls(clock, place.bucket));
  try {
    await objects.pages("", 1).next();
    const direct =
      place.delivery === "redirect" ? (await import("./s3-direct.ts")).directDelivery(objects) : undefined;
    const uploads = direct && new UnfinishedUploads(objects, clock, log);
    return new S3FileStore(objects, clock, direct, uploads);
  } catch (error) {
    client.destroy();
    throw asUnusable(error, place.shown);
  }
}

/**
 * A part is an object, stored by one request with its SHA-256, which the server checks. A `put` that failed with
 * `UnavailableError` may still succeed later. Memory: a reader keeps one chunk, a `put` nothing beside its bytes.
 */
class S3FileStore implements FileStore {
  readonly direct?: DirectDelivery;
  readonly #objects: S3Objects;
  readonly #clock: Pick<Clock, "monotonic" | "now">;
  readonly #uploads: UnfinishedUploads | undefined;
  #trouble: (FileTrouble & { at: number }) | null = null;

  constructor(
    objects: S3Objects,
    clock: Pick<Clock, "monotonic" | "now">,
    direct: DirectDelivery | undefined,
    uploads: UnfinishedUploads | undefined,
  ) {
    this.#objects = objects;
    this.#clock = clock;
    this.#uploads = uploads;
    if (direct) this.direct = direct;
  }

  async put(key: string, bytes: Uint8Array, sha256 = hash("sha256", bytes)): Promise<void> {
    this.#objects.calls.checkOpen();
    checkKey(key);
    try {
      await this.#objects.put(key, bytes, sha256);
      this.#trouble = null;
    } catch (error) {
      if (isCarryoutError(error, "unavailable")) {
        const { message, details } = error;
        this.#trouble = { message, isFull: details.isFull === true, at: this.#clock.monotonic() };
      }
      throw error;
    }
  }

  async *get(key: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    this.#objects.calls.checkOpen();
    checkKey(key);
    const reader = new PartReader(this.#objects, key, range);
    try {
      for (;;) {
        const chunk = await reader.next();
        if (chunk === null) return;
        yield chunk;
      }
    } finally {
      reader.close();
    }
  }

  async remove(prefix: string): Promise<void> {
    this.#objects.calls.checkOpen();
    checkPrefix(prefix);
    for await (const page of this.#objects.pages(prefix)) {
      await inParallel(page, DELETIONS_AT_A_TIME, ({ key }) => this.#objects.delete(key));
    }
  }

  async *list(prefix: string): AsyncGenerator<ListedPart, void, void> {
    this.#objects.calls.checkOpen();
    checkPrefix(prefix);
    // Who lists everything looks for leftovers.
    if (prefix === "") await this.#uploads?.sweep();
    for await (const page of this.#objects.pages(prefix)) yield* page;
  }

  claim(cluster: ClusterIdentity): Promise<void> {
    const { prefix, shown } = this.#objects.place;
    const place = {
      shown,
      kind: "prefix",
      note: `the object ${prefix}${NOTE}`,
      read: () => this.#objects.readText(NOTE),
      writeNew: (text: string) => this.#objects.writeNew(NOTE, text),
    };
    return claimPlace(place, cluster, this.#clock);
  }

  /** As the last `put` went: nothing is asked of the server. */
  trouble(): FileTrouble | null {
    if (this.#trouble === null || this.#clock.monotonic() - this.#trouble.at >= TROUBLE_MS) return null;
    const { message, isFull } = this.#trouble;
    return { message, isFull };
  }

  /** Calls in progress fail with `closed`. */
  async close(): Promise<void> {
    this.#objects.calls.close();
    this.#objects.client.destroy();
  }
}
