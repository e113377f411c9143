/** @module Port: where the bytes are stored. */

/** Bytes from `start` to `end`, both included, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A description of why a store can't store parts now. */
export interface FileTrouble {
  message: string;
  /** Storage is full, so that only removals help. */
  isFull: boolean;
}

/** A key is 1 to 255 characters of `A-Z a-z 0-9 . _ -` and `/`, no empty or dot-only segment. */
export interface FileStore {
  /** Stores a whole part atomically, durable before it resolves. Overwrites. `UnavailableError` if it can't. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * The bytes of a part, or of a range of it. Reads as the consumer pulls: memory stays bounded. Fails with
   * `missing-part` if it does not exist or is removed while being read.
   */
  get(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Removes every part whose key begins with the prefix. Not an error if there are none. */
  remove(prefix: string): Promise<void>;
  /** All keys with this prefix, in no particular order, with their size in bytes and last change. */
  list(prefix: string): AsyncIterable<{ key: string; size: number; modifiedAt: number }>;
  /** Null while parts can be stored, as of the last check: returns at once. Omitted by a store that can't tell. */
  trouble?(): FileTrouble | null;
  close(): Promise<void>;
}
