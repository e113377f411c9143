/** @module Loading a module of the application: the words when it fails, and a word when it takes long. */

import { systemClock } from "../clock/system.ts";
import { describeLoadError, pathOf } from "./load-error.ts";

/** Hears that a module is not loaded yet. */
export type OnSlow = (message: string) => void;

/** When it is told that a module is not loaded yet, in milliseconds; then each time when twice as much has passed. */
const SLOW_MS = 5_000;

/**
 * What it exports. Rejects with an `Error` whose message is one line: file, line, reason. A module whose top level
 * waits for something that never comes keeps its caller waiting: `onSlow` (default: a process warning) is told.
 */
export async function loadModule(
  moduleUrl: string,
  onSlow: OnSlow = (message) => process.emitWarning(message),
  clock: Pick<typeof systemClock, "sleep"> = systemClock,
): Promise<Record<string, unknown>> {
  const loaded = new AbortController();
  void tellWhileSlow(moduleUrl, onSlow, clock, loaded.signal);
  try {
    return (await import(moduleUrl)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(describeLoadError(moduleUrl, cause), { cause });
  } finally {
    loaded.abort();
  }
}

async function tellWhileSlow(
  moduleUrl: string,
  onSlow: OnSlow,
  clock: Pick<typeof systemClock, "sleep">,
  loaded: AbortSignal,
): Promise<void> {
  for (let [waited, next] = [0, SLOW_MS]; ; [waited, next] = [next, 2 * next]) {
    await clock.sleep(next - waited, loaded);
    if (loaded.aborted) return;
    onSlow(
      `${pathOf(moduleUrl)} has been loading for ${next / 1000} seconds: ` +
        "does a top-level await never settle?",
    );
  }
}
