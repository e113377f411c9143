/** @module A slot's record with the progress of its work: for code that ends or shows a download without holding it. */

import type { Download } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { progressWith } from "../download/work.ts";
import type { Work } from "../ports/work.ts";

export async function withWork(work: Pick<Work, "list">, download: Download): Promise<Download> {
  const key = downloadKey(download.user, download.id);
  const marks = await work.list(download.user);
  const mark = marks.find((stored) => stored.key === key)?.mark ?? null;
  return { ...download, progress: progressWith(download, mark) };
}
