/** @module Standard error as the place of the log: its reader may disappear without ending anything. */

import { isMainThread } from "node:worker_threads";

let isGuarded = false;

/** Written at once. Where nobody reads any more, or the disk behind it is full, the text is lost. */
export function writeToStandardError(text: string): void {
  // Without a listener the error of a reader that is gone (a log shipper that is restarted) would end the process.
  if (!isGuarded && isMainThread) process.stderr.on("error", () => {});
  isGuarded = true;
  process.stderr.write(text);
}
