/** @module Opens an engine as a node does, in any process of a bench. */

import { systemClock as clock } from "../../src/clock/system.ts";
import { readEngineUrl, readFilesUrl } from "../../src/engines/engine-url.ts";
import { filesIn } from "../../src/engines/files.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { type Log, silentLog } from "../../src/telemetry/log.ts";

/** The URLs of an engine, and of the store of files for one that has none. */
export interface EngineUrls {
  readonly url: string;
  readonly files: string | null;
}

export async function openEngine({ url, files }: EngineUrls, log: Log = silentLog): Promise<Engine> {
  const openFiles = files === null ? undefined : filesIn(readFilesUrl(files), { clock, log });
  return await readEngineUrl(url).open({ clock, leaseMs: 3_000, log, openFiles });
}

/** What a program is given, without what can't be sent to it. */
export function urlsOf({ url, files }: EngineUrls): EngineUrls {
  return { url, files };
}
