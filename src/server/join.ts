/** @module A node joins the cluster of its engine. */

import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../ports/log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { openCarryout } from "../tracker/open.ts";
import { VERSION } from "../version.ts";
import type { Machinery } from "./machinery.ts";
import { randomName } from "./node-name.ts";

interface JoinOptions {
  log: Log;
  /** Where operators reach this node; null if it has no address of its own. */
  url: string | null;
  localCluster: boolean;
}

export function join(
  config: Config,
  machinery: Machinery,
  { log, url, localCluster }: JoinOptions,
): Promise<Carryout> {
  const { leaseMs, retentionMs, errorRetentionMs, graceMs, keepPerUser, maxHandovers } = config;
  const { capacity, inlineCapacity } = config;
  const { maxUnfinished, maxUnfinishedPerAddress, maxUnfinishedPerUser } = config;
  const name = config.name ?? randomName();
  // A process id is meaningful only if all nodes run on one machine.
  const pid = localCluster || !config.engine.spansMachines ? process.pid : null;
  return openCarryout({
    ...machinery,
    log,
    clock: systemClock,
    self: { name, url, pid, version: VERSION, capacity, inlineCapacity },
    settings: {
      leaseMs,
      retentionMs,
      errorRetentionMs,
      graceMs,
      keepPerUser,
      maxHandovers,
      maxUnfinished,
      maxUnfinishedPerAddress,
      maxUnfinishedPerUser,
    },
  });
}
