/** @module The requests that the store makes, by the keys of parts. */

import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { isKey } from "../../ports/file-key.ts";
import { missingPart } from "../../ports/file-range.ts";
import { deadlineFor, type How, type S3Calls } from "./s3-calls.ts";
import { isMissing, isTaken, lacksConditions } from "./s3-errors.ts";
import type { S3Place } from "./s3-url.ts";

export interface ListedPart {
  key: string;
  size: number;
  modifiedAt: number;
}

/** Which bytes of a part are wanted from one request; the part must still have this ETag. */
export interface Piece {
  first: number;
  last: number;
  etag: string | undefined;
}

export class S3Objects {
  readonly client: S3Client;
  readonly place: S3Place;
  readonly calls: S3Calls;

  constructor(client: S3Client, place: S3Place, calls: S3Calls) {
    this.client = client;
    this.place = place;
    this.calls = calls;
  }

  /** Where the part is, for any command. */
  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${key}` };
  }

  /** How new objects are encrypted at rest. */
  encryption() {
    const { encryption, kmsKey } = this.place;
    return {
      ...(encryption !== null && { ServerSideEncryption: encryption }),
      ...(kmsKey !== null && { SSEKMSKeyId: kmsKey }),
    };
  }

  put(key: string, bytes: Uint8Array, sha256: string, signal?: AbortSignal): Promise<unknown> {
    const sent = { ...this.at(key), ...this.encryption(), Body: bytes, ContentLength: bytes.byteLength };
    return this.calls.run({
      doing: `storing ${key}`,
      ask: (how) => {
        const command = new PutObjectCommand(sent);
        command.middlewareStack.add(digest(sha256), BEFORE_SIGNING);
        return this.client.send(command, how);
      },
      deadlineMs: deadlineFor(bytes.byteLength),
      ...(signal && { signal }),
    });
  }

  /** Of a small object; null if there is none. */
  readText(key: string): Promise<string | null> {
    return this.calls.run({
      doing: `reading ${key}`,
      ask: async (how) => {
        try {
          const { Body } = await this.client.send(new GetObjectCommand(this.at(key)), how);
          return (await Body?.transformToString()) ?? "";
        } catch (error) {
          if (isMissing(error)) return null;
          throw error;
        }
      },
    });
  }

  /**
   * Stores a small object unless there is one. A server that does not know the condition overwrites it, and so may one that
   * does not check and write in one step, such as Swift.
   */
  writeNew(key: string, text: string): Promise<void> {
    const sent = { ...this.at(key), ...this.encryption(), Body: text, ContentType: "application/json" };
    return this.calls.run({
      doing: `storing ${key}`,
      ask: async (how) => {
        try {
          await this.client.send(new PutObjectCommand({ ...sent, IfNoneMatch: "*" }), how);
        } catch (error) {
          if (lacksConditions(error)) await this.client.send(new PutObjectCommand(sent), how);
          else if (!isTaken(error)) throw error;
        }
      },
    });
  }

  /** For a call in progress. The caller must read the body to its end or destroy it. */
  open(key: string, { first, last, etag }: Piece, how: How): Promise<GetObjectCommandOutput> {
    const Range = `bytes=${first}-${last}`;
    return this.client.send(
      new GetObjectCommand({ ...this.at(key), Range, ...(etag !== undefined && { IfMatch: etag }) }),
      how,
    );
  }

  /** In bytes. Fails with `missing-part`. */
  size(key: string): Promise<number> {
    return this.calls.run({ doing: `looking for ${key}`, ask: (how) => this.sizeNow(key, how) });
  }

  /** For a call in progress. */
  async sizeNow(key: string, how: How): Promise<number> {
    try {
      const { ContentLength = 0 } = await this.client.send(new HeadObjectCommand(this.at(key)), how);
      return ContentLength;
    } catch (error) {
      throw isMissing(error) ? missingPart(key, "is not there", error) : error;
    }
  }

  /** Pages of up to 1,000. Objects that are no parts are left out. */
  async *pages(prefix: string, most?: number): AsyncGenerator<ListedPart[], void, void> {
    const { bucket, prefix: before } = this.place;
    let ContinuationToken: string | undefined;
    do {
      const asked = new ListObjectsV2Command({
        ...{ Bucket: bucket, Prefix: `${before}${prefix}`, ContinuationToken },
        ...(most !== undefined && { MaxKeys: most }),
      });
      const page = await this.calls.run({
        doing: `listing ${prefix || "all parts"}`,
        ask: (how) => this.client.send(asked, how),
      });
      yield (page.Contents ?? []).flatMap(({ Key = "", Size = 0, LastModified }) => {
        const key = Key.slice(before.length);
        return isKey(key) ? [{ key, size: Size, modifiedAt: LastModified?.getTime() ?? 0 }] : [];
      });
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  async delete(key: string): Promise<void> {
    await this.calls.run({
      doing: `removing ${key}`,
      ask: async (how) => {
        try {
          await this.client.send(new DeleteObjectCommand(this.at(key)), how);
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      },
    });
  }
}

/**
 * For the middleware of a command with a body: sends the digest as that of the payload, so that the SDK need not compute
 * it, and the server refuses bytes that were damaged on their way.
 */
export function digest(sha256: string) {
  return <Args extends { request: unknown }, Result>(next: (args: Args) => Promise<Result>) =>
    (args: Args): Promise<Result> => {
      (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = sha256;
      return next(args);
    };
}

export const BEFORE_SIGNING = { step: "build", name: "carryoutDigest" } as const;
