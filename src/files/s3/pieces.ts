/** @module How parts become the pieces of one object: S3 refuses small ones, except for the last. */

export interface Source {
  key: string;
  size: number;
}

/** A part of a multipart upload: a copy of one source, or the bytes of several. Numbers begin with 1. */
export interface Piece {
  number: number;
  sources: Source[];
}

/** The most and the smallest pieces of an upload (Amazon S3 user guide, "multipart upload limits"). */
export const MOST_PIECES = 10_000;
const LEAST_BYTES = 5 * 1024 * 1024;

/** The sources in order: large ones alone, the others joined until they are large enough. */
export function joinedPieces(sources: readonly Source[]): Piece[] {
  const pieces: Piece[] = [];
  let open: Source[] = [];
  let openBytes = 0;
  const close = () => {
    if (open.length > 0) pieces.push({ number: pieces.length + 1, sources: open });
    open = [];
    openBytes = 0;
  };
  for (const source of sources) {
    open.push(source);
    openBytes += source.size;
    if (openBytes >= LEAST_BYTES) close();
  }
  close();
  return pieces;
}

/** True if S3 can copy it by itself. */
export function isCopied({ sources }: Piece): boolean {
  return sources.length === 1;
}
