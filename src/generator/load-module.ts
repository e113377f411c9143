/** @module Loads a module of the application, with readable errors and a notice when loading is slow. */

import { systemClock } from "../clock/system.ts";
import { describeLoadError, pathOf } from "./load-error.ts";

/** Called when a module is slow to load. */
export type OnSlow = (message: string) => void;

/** First notice about a slow module, in milliseconds; repeated each time the elapsed time has doubled. */
const SLOW_MS = 5_000;

/**
 * The module's exports. Rejects with an `Error` with a one-line message: file, line, reason. A module whose top-level
 * await never settles keeps its caller waiting; `onSlow` (default: a process warning) is notified.
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
