/** @module Stores over a real server of S3: opening them, what is in them, and virtual time beside that of the server. */

import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../src/clock/system.ts";
import type { VirtualClock } from "../../src/clock/virtual.testing.ts";
import { readFilesUrl } from "../../src/engines/engine-url.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { FileStore } from "../../src/ports/file-store.ts";
import { type Log, silentLog } from "../../src/telemetry/log.ts";

/** The caller closes it. */
export function openFiles(url: string, clock: Clock = systemClock, log: Log = silentLog): Promise<FileStore> {
  return readFilesUrl(url).open({ clock, log });
}

export async function keysIn(store: FileStore, prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map(({ key }) => key);
}

/** The result, while virtual time passes twenty times as fast as that of the server. */
export async function passing<Result>(clock: VirtualClock, result: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  result.then(over, over);
  while (!isOver) {
    await clock.advance(20);
    await pause(1);
  }
  return await result;
}
