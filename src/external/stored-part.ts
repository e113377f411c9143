/** @module What is stored of a file that its service names: the state of a transfer's checkpoints. */

import type { StandardSchema } from "../generator/generator.ts";

export type StoredPart = {
  /** Strong: it names the bytes. */
  etag: string;
  /** The bytes that are stored, from the first on. */
  size: number;
  /** Of the whole file; null when the service did not say. */
  total: number | null;
};

/** Refuses what an earlier version may have saved: its bytes must not be joined with others. */
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
