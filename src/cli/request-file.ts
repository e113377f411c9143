/** @module A request from the command line: written as pending, by the same rules as any other, for a node to take. */

import { systemClock } from "../clock/system.ts";
import type { Config } from "../config.ts";
import type { Download } from "../download/download.ts";
import { CarryoutError } from "../errors.ts";
import { loadRegistry } from "../generator/registry.ts";
import { openLog } from "../telemetry/log.ts";
import type { StartRequest } from "../tracker/carryout.ts";
import { Requests } from "../tracker/requests.ts";
import { DEFAULT_SETTINGS } from "../tracker/settings.ts";
import { Shares } from "../tracker/shares.ts";
import { UnderWay } from "../tracker/under-way.ts";
import type { Observer } from "./observer.ts";

const SEEN_MS = 5_000;

/**
 * Validates the parameters with the generator itself, here, so that a mistake is told at once. The errors are those
 * of `Carryout.start`.
 */
export async function requestFile(
  observer: Observer,
  config: Config,
  asked: StartRequest,
): Promise<{ download: Download; joined: boolean }> {
  if (config.generators === undefined) {
    throw new CarryoutError(
      "invalid-config",
      "no generators module is set to check the parameters with: give --generators FILE or --config FILE",
    );
  }
  const { repo, files } = observer.engine;
  const requests = new Requests({
    self: "cli/cli",
    repo,
    files,
    clock: systemClock,
    log: openLog({ level: "error", pretty: true }),
    settings: DEFAULT_SETTINGS,
    registry: await loadRegistry(config.generators),
    workerPool: { get: () => undefined, reserve: () => null },
    // Nothing is counted: an operator is no stranger.
    unfinished: { nextTicket: () => observer.nextTicket(), underWay: new UnderWay(new Shares()) },
    keyOf: () => undefined,
    isMade: () => false, // the parameters can only be checked by a generator that is here
    mayClaim: () => false,
    statusOf: (download) => ({ download, node: null, position: null, etaMs: null }),
  });
  const { status, joined } = await requests.start(asked);
  await untilSeen(observer, status.download.id);
  return { download: status.download, joined };
}

/** What is asked of the observer next must not come before it has read the new record. */
async function untilSeen(observer: Observer, id: string): Promise<void> {
  try {
    await observer.until(() => observer.find(id) ?? undefined, AbortSignal.timeout(SEEN_MS));
  } catch (cause) {
    throw new CarryoutError("unavailable", `${id} was accepted, but its record did not appear`, {
      retriable: true,
      cause,
    });
  }
}
