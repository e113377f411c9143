/** @module Where the parts of a file are kept: `id/epoch/number`, so that no two holders share a key. */

import type { Download, Part } from "../download/download.ts";
import type { FileStore } from "../ports/file-store.ts";

const DIGITS = 8;
const REMOVALS_AT_A_TIME = 16;

/** Numbers have a fixed width, so no key is a prefix of another. */
export function partKey(id: string, epoch: number, number: number): string {
  return `${id}/${epoch}/${String(number).padStart(DIGITS, "0")}`;
}

/** The download a part belongs to, and the epoch that wrote it; null for a foreign key. */
export function ownerOfPart(key: string): { id: string; epoch: number } | null {
  const [id, epoch, number, ...rest] = key.split("/");
  if (!id || !number || rest.length > 0 || !/^\d+$/.test(epoch ?? "")) return null;
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
