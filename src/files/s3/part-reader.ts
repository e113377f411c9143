/** @module Reads one part in pieces, as its consumer pulls: a slow one costs a socket, never memory or a deadline. */

import type { Readable } from "node:stream";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { UnavailableError } from "../../errors.ts";
import { bytesToRead, missingPart } from "../../ports/file-range.ts";
import type { ByteRange } from "../../ports/file-store.ts";
import type { How } from "./s3-calls.ts";
import { CutShortError, isMissing, told } from "./s3-errors.ts";
import type { S3Objects } from "./s3-objects.ts";

/** One request: bounds what the kernel buffers for a consumer that does not read. */
const PIECE_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * After a failure it continues from the byte that it has come to, as long as the part is the same. Call `close` when it is
 * no longer needed, also after an error.
 */
export class PartReader {
  readonly #objects: S3Objects;
  readonly #key: string;
  readonly #range: ByteRange | undefined;
  #position: number;
  /** After the last wanted byte; null until the size is known. */
  #end: number | null = null;
  #etag: string | undefined;
  #body: PieceBody | null = null;

  constructor(objects: S3Objects, key: string, range: ByteRange | undefined) {
    // A range is checked for sense here, and against the part's size when that is known.
    this.#position = bytesToRead(key, Number.POSITIVE_INFINITY, range).start;
    this.#objects = objects;
    this.#key = key;
    this.#range = range;
  }

  /** The next bytes, or null after the last. */
  next(): Promise<Uint8Array | null> {
    return this.#objects.calls.run({ doing: `reading ${this.#key}`, ask: (how) => this.#attempt(how) });
  }

  close(): void {
    this.#body?.destroy();
    this.#body = null;
  }

  async #attempt(how: How): Promise<Uint8Array | null> {
    try {
      this.#body ??= await this.#open(how);
      if (this.#body === null) return null;
      const chunk = await this.#body.next(how);
      this.#position += chunk.length;
      if (this.#body.left === 0) this.#body = null;
      return chunk;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Null when all wanted bytes have been read. */
  async #open(how: How): Promise<PieceBody | null> {
    if (this.#position === this.#end) return null;
    const wantedEnd = this.#end ?? (this.#range ? this.#range.end + 1 : Number.POSITIVE_INFINITY);
    const last = Math.min(this.#position + PIECE_BYTES, wantedEnd) - 1;
    const piece = { first: this.#position, last, etag: this.#etag };
    let answer: GetObjectCommandOutput;
    try {
      answer = await this.#objects.open(this.#key, piece, how);
    } catch (error) {
      return await this.#refused(error, how);
    }
    const body = answer.Body as Readable;
    try {
      const size = sizeIn(answer);
      const { start, length } = bytesToRead(this.#key, size, this.#range);
      this.#end = start + length;
      this.#etag = answer.ETag;
      if (length > 0) return new PieceBody(body, Math.min(last + 1, this.#end) - this.#position);
      discard(body);
      return null;
    } catch (error) {
      discard(body);
      throw error;
    }
  }

  /** Null for an empty part, which has no bytes to ask for. */
  async #refused(error: unknown, how: How): Promise<null> {
    const { status } = told(error);
    if (isMissing(error)) throw missingPart(this.#key, "is not there", error);
    const isFirst = this.#end === null;
    if (status === 412 || (status === 416 && !isFirst)) {
      throw missingPart(this.#key, "was replaced while it was read", error);
    }
    if (status !== 416) throw error;
    const size = await this.#objects.sizeNow(this.#key, how);
    const { length } = bytesToRead(this.#key, size, this.#range);
    if (length > 0) throw new CutShortError("the part has just been stored");
    return null;
  }
}

/** The body of one answer. */
class PieceBody {
  readonly #body: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Uint8Array = new Uint8Array();
  /** How many bytes are still to come. */
  left: number;

  constructor(body: Readable, left: number) {
    this.#body = body;
    this.#chunks = body[Symbol.asyncIterator]();
    this.left = left;
    body.on("error", () => {}); // each `next` reports it
  }

  /** At least one byte. */
  async next({ abortSignal }: How): Promise<Uint8Array> {
    const end = () => this.destroy();
    abortSignal.addEventListener("abort", end, { once: true });
    try {
      while (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) throw new CutShortError(`the answer ended ${this.left} bytes too early`);
        this.#rest = value;
      }
    } finally {
      abortSignal.removeEventListener("abort", end);
    }
    const chunk = this.#rest.subarray(0, Math.min(CHUNK_BYTES, this.left));
    this.#rest = this.#rest.subarray(chunk.length);
    this.left -= chunk.length;
    if (this.left === 0) this.#finish();
    return chunk;
  }

  destroy(): void {
    this.#body.destroy();
  }

  /** Reads to the end of the answer, so that its connection can serve the next call. */
  #finish(): void {
    this.#chunks.next().then(
      ({ done }) => done || this.destroy(),
      () => {},
    );
  }
}

/** Of the whole part. */
function sizeIn({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const size = /\/(\d+)$/.exec(ContentRange ?? "")?.[1];
  if (size !== undefined) return Number(size);
  if (ContentLength === 0) return 0;
  throw new UnavailableError(`the server ignores ranges: it sent all ${ContentLength} bytes`);
}

function discard(body: Readable): void {
  body.on("error", () => {});
  body.destroy();
}
