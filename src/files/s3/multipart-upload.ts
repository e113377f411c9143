/** @module One object made of pieces, which S3 copies or is sent. It exists when all are there. */

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { CarryoutError, UnavailableError } from "../../errors.ts";
import { missingPart } from "../../ports/file-range.ts";
import { deadlineFor, type How } from "./s3-calls.ts";
import { isMissing, told } from "./s3-errors.ts";
import { BEFORE_SIGNING, digest, type S3Objects } from "./s3-objects.ts";

/** S3 may take minutes to put a large object together. */
const COMPLETE_MS = 120_000;
const COPY_MS = 60_000;

export class MultipartUpload {
  readonly #objects: S3Objects;
  readonly #key: string;
  readonly #id: string;
  readonly #signal: AbortSignal;
  readonly #etags = new Map<number, string | undefined>();

  private constructor(objects: S3Objects, key: string, id: string, signal: AbortSignal) {
    this.#objects = objects;
    this.#key = key;
    this.#id = id;
    this.#signal = signal;
  }

  static async begin(objects: S3Objects, key: string, signal: AbortSignal): Promise<MultipartUpload> {
    const command = new CreateMultipartUploadCommand({ ...objects.at(key), ...objects.encryption() });
    const { UploadId } = await objects.calls.run({
      doing: `beginning ${key}`,
      ask: (how) => objects.client.send(command, how),
      signal,
    });
    if (UploadId === undefined)
      throw new UnavailableError(`beginning ${key}: the server gave the upload no id`);
    return new MultipartUpload(objects, key, UploadId, signal);
  }

  /** The part of this key, without its bytes passing through here. */
  async copy(number: number, sourceKey: string): Promise<void> {
    const { client, calls } = this.#objects;
    const { Bucket, Key } = this.#objects.at(sourceKey);
    const command = new UploadPartCopyCommand({ ...this.#piece(number), CopySource: `${Bucket}/${Key}` });
    const { CopyPartResult } = await calls.run({
      doing: `copying ${sourceKey}`,
      ask: async (how) => {
        try {
          return await client.send(command, how);
        } catch (error) {
          throw isMissing(error) ? missingPart(sourceKey, "is not there", error) : error;
        }
      },
      deadlineMs: COPY_MS,
      signal: this.#signal,
    });
    this.#etags.set(number, CopyPartResult?.ETag);
  }

  async send(number: number, bytes: Uint8Array, sha256: string): Promise<void> {
    const { client, calls } = this.#objects;
    const sent = { ...this.#piece(number), Body: bytes, ContentLength: bytes.byteLength };
    const { ETag } = await calls.run({
      doing: `storing piece ${number} of ${this.#key}`,
      ask: (how) => {
        const command = new UploadPartCommand(sent);
        command.middlewareStack.add(digest(sha256), BEFORE_SIGNING);
        return client.send(command, how);
      },
      deadlineMs: deadlineFor(bytes.byteLength),
      signal: this.#signal,
    });
    this.#etags.set(number, ETag);
  }

  /** Resolves when the object exists with this size. */
  async complete(size: number): Promise<void> {
    const numbers = [...this.#etags.keys()].sort((a, b) => a - b);
    const Parts = numbers.map((PartNumber) => ({ PartNumber, ETag: this.#etags.get(PartNumber) }));
    const command = new CompleteMultipartUploadCommand({ ...this.#upload, MultipartUpload: { Parts } });
    await this.#end(
      `joining the pieces of ${this.#key}`,
      (how) => this.#objects.client.send(command, how),
      this.#signal,
    );
    const found = await this.#objects.size(this.#key);
    if (found !== size) {
      throw new CarryoutError(
        "store-corrupt",
        `${this.#key} has ${found} bytes after it was joined, not ${size}`,
      );
    }
  }

  /** Never rejects: what is left is ended a day later, see `UnfinishedUploads`. */
  async abandon(): Promise<void> {
    const command = new AbortMultipartUploadCommand(this.#upload);
    const ask = (how: How) => this.#objects.client.send(command, how);
    await this.#end(`abandoning ${this.#key}`, ask).catch(() => undefined);
  }

  /** An upload that is no longer known was ended by an earlier attempt, whose answer was lost. */
  async #end(doing: string, ask: (how: How) => Promise<unknown>, signal?: AbortSignal): Promise<void> {
    await this.#objects.calls.run({
      doing,
      ask: async (how) => {
        try {
          await ask(how);
        } catch (error) {
          if (told(error).name !== "NoSuchUpload") throw error;
        }
      },
      deadlineMs: COMPLETE_MS,
      ...(signal && { signal }),
    });
  }

  get #upload() {
    return { ...this.#objects.at(this.#key), UploadId: this.#id };
  }

  #piece(number: number) {
    return { ...this.#upload, PartNumber: number };
  }
}
