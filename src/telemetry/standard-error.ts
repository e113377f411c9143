/** @module Standard error as the log's destination: its reader may disappear without ending the process. */

import { isMainThread } from "node:worker_threads";

let isGuarded = false;

/** Writes synchronously. If the reader is gone, or the disk behind it is full, the text is lost. */
export function writeToStandardError(text: string): void {
  // Without a listener, the error caused by a missing reader (a restarted log shipper) would end the process.
  if (!isGuarded && isMainThread) process.stderr.on("error", () => {});
  isGuarded = true;
  process.stderr.write(text);
}
