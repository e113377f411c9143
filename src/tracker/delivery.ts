/** @module The bytes of a file, or of a range of it, from its parts; or where its store delivers it. */

import type { StoredFile } from "../download/download.ts";
import type { ByteRange, FileHeaders, FileStore } from "../ports/file-store.ts";

/** A URL that is valid for a short time; null if the nodes send this file. Fails with `missing-part`. */
export async function addressOf(
  { direct }: FileStore,
  { parts }: Pick<StoredFile, "parts">,
  headers: FileHeaders,
): Promise<string | null> {
  const [part, ...others] = parts;
  if (!direct || !part || others.length > 0) return null;
  return await direct.address(part.key, headers);
}

/** Parts in order, cut to the range (both ends included). Reads as the consumer pulls. */
export async function* readFile(
  files: FileStore,
  file: Pick<StoredFile, "size" | "parts">,
  range: ByteRange = { start: 0, end: file.size - 1 },
): AsyncIterable<Uint8Array> {
  let offset = 0;
  for (const part of file.parts) {
    const start = Math.max(0, range.start - offset);
    const end = Math.min(part.size - 1, range.end - offset);
    offset += part.size;
    if (end < start) continue;
    const isWhole = start === 0 && end === part.size - 1;
    yield* isWhole ? files.get(part.key) : files.get(part.key, { start, end });
  }
}
