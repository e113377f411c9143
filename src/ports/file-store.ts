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

export interface ClusterIdentity {
  /** See `Engine.cluster`. */
  id: string;
  /** Where its records are, for people: without secrets. */
  name: string;
}

/** A key is 1 to 255 characters of `A-Z a-z 0-9 . _ -` and `/`, no empty or dot-only segment. */
export interface FileStore {
  /**
   * Stores a whole part atomically, durable before it resolves. Overwrites. `UnavailableError` if it can't. `sha256` is
   * that of the bytes, lower-case hexadecimal, if the caller knows it: a store may check with it what arrived.
   */
  put(key: string, bytes: Uint8Array, sha256?: string): Promise<void>;
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
  /**
   * Notes in the store whose files these are. Fails with `store-unusable` if they are another cluster's: each would take
   * the other's parts for leftovers. Omitted by a store that no two clusters can share.
   */
  claim?(cluster: ClusterIdentity): Promise<void>;
  /** How the store delivers files to clients by itself; omitted by a store whose files are sent by the nodes. */
  readonly direct?: DirectDelivery;
  close(): Promise<void>;
}

/** What a store can do whose clients fetch from it directly: a file must be one part for this. */
export interface DirectDelivery {
  /**
   * Stores one part with the bytes of these parts, in order, as durably as `put`; they stay. Fails with `missing-part` if
   * one of them does not exist, with `aborted` when the signal aborts, and with any other error if the store can't join
   * them. What a failure leaves under the key, if anything, must not be read.
   */
  assemble(key: string, parts: readonly { key: string; size: number }[], how: Assembling): Promise<void>;
  /**
   * A URL from which anyone can fetch this part for a short time: with these response headers, whole or in ranges.
   * Fails with `missing-part` if it does not exist, and with `UnavailableError`.
   */
  address(key: string, headers: FileHeaders): Promise<string>;
}

/** Response headers that describe a file. */
export interface FileHeaders {
  contentType: string;
  contentDisposition: string;
}

export interface Assembling {
  /** Of all bytes, lower-case hexadecimal. */
  sha256: string;
  signal: AbortSignal;
}
