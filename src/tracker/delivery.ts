/** @module The bytes of a file, or of a range of it, from its parts. */

import type { StoredFile } from "../download/download.ts";
import type { ByteRange, FileStore } from "../ports/file-store.ts";

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
