/** @module The stored part of a file that its service identifies: the state in a transfer's checkpoints. */

import type { StandardSchema } from "../generator/generator.ts";

export type StoredPart = {
  /** Strong: it names the bytes. */
  etag: string;
  /** Number of bytes stored, from the beginning. */
  size: number;
  /** Of the whole file; null if the service did not say. */
  total: number | null;
};

/** Rejects states of an earlier version: their bytes must not be joined with others. */
export const STORED_PART: StandardSchema<StoredPart> = {
  "~standard": {
    version: 1,
    vendor: "carryout",
    validate: (value) =>
      isStoredPart(value) ? { value } : { issues: [{ message: "must be { etag, size, total }" }] },
  },
};

function isStoredPart(value: unknown): value is StoredPart {
  const { etag, size, total } = (value ?? {}) as Partial<StoredPart>;
  return typeof etag === "string" && Number.isInteger(size) && (total === null || Number.isInteger(total));
}
