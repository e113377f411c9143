/** @module Multipart uploads that nobody finishes: their pieces are stored, and paid for, but never listed as parts. */

import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload,
} from "@aws-sdk/client-s3";
import { isKey } from "../../ports/file-key.ts";
import type { Log } from "../../ports/log.ts";
import { told } from "./s3-errors.ts";
import type { S3Objects } from "./s3-objects.ts";

const HOUR_MS = 3_600_000;
/** Longer than joining any file takes, and than clocks differ. */
const LEFT_MS = 24 * HOUR_MS;
/** Keys of parts as the tracker makes them: uploads of other programs in this bucket are left alone. */
const PART = /^[^/]+\/\d+\/\d+$/;

export class UnfinishedUploads {
  readonly #objects: S3Objects;
  readonly #clock: { now(): number; monotonic(): number };
  readonly #log: Pick<Log, "info" | "warn">;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(
    objects: S3Objects,
    clock: { now(): number; monotonic(): number },
    log: Pick<Log, "info" | "warn">,
  ) {
    this.#objects = objects;
    this.#clock = clock;
    this.#log = log;
  }

  /** Ends those that began a day ago or earlier. Looks at most once an hour, and never rejects. */
  async sweep(): Promise<void> {
    if (this.#clock.monotonic() - this.#sweptAt < HOUR_MS) return;
    this.#sweptAt = this.#clock.monotonic();
    try {
      let ended = 0;
      for await (const { Key, UploadId, Initiated } of this.#all()) {
        const key = Key?.slice(this.#objects.place.prefix.length) ?? "";
        const beganAt = Initiated?.getTime() ?? Number.POSITIVE_INFINITY;
        if (!isKey(key) || !PART.test(key) || this.#clock.now() - beganAt < LEFT_MS) continue;
        await this.#end(key, UploadId);
        ended += 1;
      }
      this.#hasFailed = false;
      if (ended > 0) this.#log.info({ uploads: ended }, "unfinished uploads to S3 ended");
    } catch (error) {
      // Said once: as long as it lasts, the bucket's lifecycle rule removes them.
      if (!this.#hasFailed)
        this.#log.warn({ error }, "unfinished uploads to S3 can't be swept, see docs/s3.md");
      this.#hasFailed = true;
    }
  }

  async *#all(): AsyncGenerator<MultipartUpload, void, void> {
    const { client, calls, place } = this.#objects;
    let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    for (;;) {
      const command = new ListMultipartUploadsCommand({
        ...{ Bucket: place.bucket, Prefix: place.prefix },
        ...from,
      });
      const doing = "listing unfinished uploads";
      const page = await calls.run({ doing, ask: (how) => client.send(command, how) });
      yield* page.Uploads ?? [];
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return;
      from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  async #end(key: string, UploadId: string | undefined): Promise<void> {
    const { client, calls } = this.#objects;
    const command = new AbortMultipartUploadCommand({ ...this.#objects.at(key), UploadId });
    await calls.run({
      doing: `ending an upload of ${key}`,
      ask: async (how) => {
        try {
          await client.send(command, how);
        } catch (error) {
          // Another node was first, or the answer to an earlier attempt was lost.
          if (told(error).name !== "NoSuchUpload") throw error;
        }
      },
    });
  }
}
