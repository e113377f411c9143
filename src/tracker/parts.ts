/** @module Where the parts of a file are kept: `id/epoch/tag-number`, so that no two holders share a key. */

import type { Download, Part } from "../download/download.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";

const DIGITS = 8;
const REMOVALS_AT_A_TIME = 16;

/** Of 64 characters each: two holders have the same by one chance in 10^14. */
const TAG_LENGTH = 8;

/**
 * Whose parts they are. The epoch alone does not tell: if a failover lost a claim, its holder goes on until it learns of
 * it, while another holder has the same epoch. Each has a tag of its own.
 */
export interface PartOwner {
  readonly id: string;
  readonly epoch: number;
  readonly tag: string;
}

export function newTag(clock: Pick<Clock, "id">): string {
  return clock.id().slice(0, TAG_LENGTH);
}

/** Numbers have a fixed width, so no key is a prefix of another. */
export function partKey({ id, epoch, tag }: PartOwner, number: number): string {
  return `${id}/${epoch}/${tag}-${String(number).padStart(DIGITS, "0")}`;
}

/** The download a part belongs to, and the epoch that wrote it; null for a foreign key. */
export function ownerOfPart(key: string): { id: string; epoch: number } | null {
  // Earlier versions wrote `number` alone.
  const [id, epoch, tagAndNumber, ...rest] = key.split("/");
  if (!id || !tagAndNumber || rest.length > 0 || !/^\d+$/.test(epoch ?? "")) return null;
  return { id, epoch: Number(epoch) };
}

/** The keys of these parts: all other keys under their download's id are leftovers, or not referenced yet. */
export function keysOf(parts: readonly Part[] | undefined): Set<string> {
  return new Set(parts?.map((part) => part.key));
}

/** Removes parts stored in earlier epochs: their holders are fenced, and no record refers to them any more. */
export async function removePartsBefore(files: FileStore, id: string, epoch: number): Promise<void> {
  for await (const { key } of files.list(`${id}/`)) {
    const owner = ownerOfPart(key);
    if (owner !== null && owner.epoch < epoch) await files.remove(key);
  }
}

/** Removes what earlier attempts left under a finished record. What is left by a crash here is swept. */
export async function removeUnnamedParts(files: FileStore, download: Download): Promise<void> {
  const named = keysOf(download.file?.parts);
  const unnamed: string[] = [];
  for await (const { key } of files.list(`${download.id}/`)) if (!named.has(key)) unnamed.push(key);
  // A file that was joined leaves all its parts.
  for (let first = 0; first < unnamed.length; first += REMOVALS_AT_A_TIME) {
    await Promise.all(unnamed.slice(first, first + REMOVALS_AT_A_TIME).map((key) => files.remove(key)));
  }
}
