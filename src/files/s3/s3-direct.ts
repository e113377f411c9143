/** @module Files that clients fetch from S3 itself: joined to one object, and addressed for a short time. */

import { createHash } from "node:crypto";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { CarryoutError } from "../../errors.ts";
import type { Assembling, DirectDelivery, FileHeaders } from "../../ports/file-store.ts";
import { inParallel } from "./in-parallel.ts";
import { MultipartUpload } from "./multipart-upload.ts";
import { PartReader } from "./part-reader.ts";
import { isCopied, joinedPieces, MOST_PIECES, type Source } from "./pieces.ts";
import type { S3Objects } from "./s3-objects.ts";

/** A file up to this size is read and stored again as it is. */
const AT_ONCE_BYTES = 16 * 1024 * 1024;
const COPIES_AT_A_TIME = 8;
/** Each holds up to 21 MiB. */
const UPLOADS_AT_A_TIME = 2;

export function directDelivery(objects: S3Objects): DirectDelivery {
  const { client, place, calls } = objects;

  async function assemble(
    key: string,
    parts: readonly Source[],
    { sha256, signal }: Assembling,
  ): Promise<void> {
    calls.checkOpen();
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    if (size <= AT_ONCE_BYTES) {
      await objects.put(key, (await read(parts, signal)).bytes, sha256, signal);
      return;
    }
    const pieces = joinedPieces(parts);
    if (pieces.length > MOST_PIECES) {
      throw new RangeError(`${key} would have ${pieces.length} pieces; S3 allows ${MOST_PIECES}`);
    }
    const upload = await MultipartUpload.begin(objects, key, signal);
    try {
      const [copied, sent] = [pieces.filter(isCopied), pieces.filter((piece) => !isCopied(piece))];
      await Promise.all([
        inParallel(copied, COPIES_AT_A_TIME, ({ number, sources: [source] }) =>
          upload.copy(number, source!.key),
        ),
        inParallel(sent, UPLOADS_AT_A_TIME, async ({ number, sources }) => {
          const joined = await read(sources, signal);
          await upload.send(number, joined.bytes, joined.sha256);
        }),
      ]);
      await upload.complete(size);
    } catch (error) {
      await upload.abandon();
      throw error;
    }
  }

  async function read(sources: readonly Source[], signal: AbortSignal) {
    const bytes = Buffer.allocUnsafe(sources.reduce((sum, { size }) => sum + size, 0));
    const hash = createHash("sha256");
    let position = 0;
    for (const { key, size } of sources) {
      if (size === 0) continue;
      const reader = new PartReader(objects, key, { start: 0, end: size - 1 });
      try {
        for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
          if (signal.aborted) throw new CarryoutError("aborted", "joining parts was stopped");
          bytes.set(chunk, position);
          position += chunk.length;
          hash.update(chunk);
        }
      } finally {
        reader.close();
      }
    }
    return { bytes, sha256: hash.digest("hex") };
  }

  async function address(key: string, { contentType, contentDisposition }: FileHeaders): Promise<string> {
    await objects.size(key); // a client would be left with an error in XML
    const command = new GetObjectCommand({
      ...objects.at(key),
      ResponseContentType: contentType,
      ResponseContentDisposition: contentDisposition,
      ResponseCacheControl: "private, no-store",
    });
    return await calls.run({
      doing: `addressing ${key}`,
      ask: () => getSignedUrl(client, command, { expiresIn: place.linkSeconds }),
    });
  }

  return { assemble, address };
}
