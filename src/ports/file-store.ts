/** @module Port: where the bytes are kept. */

/** Bytes from `start` to `end`, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Why a store can't keep parts now, for people. */
export interface FileTrouble {
  message: string;
  /** Storage is full: only removals help. */
  isFull: boolean;
}

/** A key is 1 to 255 characters of `A-Z a-z 0-9 . _ -` and `/`, no empty or dot-only segment. */
export interface FileStore {
  /** Stores a whole part: atomic, and durable before it resolves. Overwrites. `UnavailableError` when it can't. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * The bytes of a part, or of a range of it. Reads as the consumer pulls: memory stays bounded. Fails with
   * `missing-part` when there is none, also when it vanishes while it is read.
   */
  get(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Removes every part whose key begins with the prefix. Not an error when there is none. */
  remove(prefix: string): Promise<void>;
  /** All keys with this prefix, in no particular order, with their size in bytes and last change. */
  list(prefix: string): AsyncIterable<{ key: string; size: number; modifiedAt: number }>;
  /** Null while parts can be kept, as far as was seen last: it waits for nothing. A store that can't tell has none. */
  trouble?(): FileTrouble | null;
  close(): Promise<void>;
}
