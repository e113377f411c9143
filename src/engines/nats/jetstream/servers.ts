/** @module Checks the servers behind a connection: new enough, with JetStream, and how many. */

import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import { CarryoutError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "./connection.ts";
import { atLeast } from "./server-version.ts";
import { isPassing } from "./stream.ts";

/** With replicas, earlier ones give two writers the same compare-and-set (nats-server 4320), or lose one alone (2.10.19). */
const OLDEST = "2.10.20";

/** Error codes of the JetStream API (nats-server, server/errors.json). */
const NOT_ENABLED = [
  10_039, // for this account
  10_076,
];

/** How long a cluster of fewer than three servers may still be growing. */
const GROWING_MS = 2_000;
const PAUSE_MS = 100;

/** Fails with `store-unusable` if Carryout can't work, and with a transient error (`isPassing`) during startup. */
export async function checkServer(
  link: NatsLink,
  manager: JetStreamManager,
  serversNamed: number,
): Promise<void> {
  const { info } = link.nats;
  const server = `nats-server ${info?.server_name ?? ""} (${link.nats.getServer()})`;
  if (!atLeast(link.version, OLDEST))
    throw unusable(
      `${server} is version ${link.version}, but ${OLDEST} or newer is required: in older ones two nodes can win ` +
        "the same conditional write, and both would make the same file",
    );
  if (info !== undefined && info.cluster === undefined && serversNamed > 1)
    throw unusable(
      `the URL names ${serversNamed} servers, but ${server} is not in a cluster: nodes on different servers would not ` +
        "see each other; configure the servers as a cluster, or list only one of them",
    );
  try {
    await manager.getAccountInfo();
  } catch (cause) {
    const answer = cause instanceof Error && cause.cause ? cause.cause : cause;
    const isOff = answer instanceof JetStreamApiError && NOT_ENABLED.includes(answer.code);
    // In a cluster another server may have it enabled, and answer a moment later.
    const hasNone = isPassing(cause) && info !== undefined && !info.jetstream && info.cluster === undefined;
    if (!isOff && !hasNone) throw cause;
    throw unusable(
      `JetStream is disabled on ${server} or for this account: start it with -js or a jetstream block in its configuration`,
      cause,
    );
  }
}

/** Three if the cluster has three servers, else one. Waits a while for the servers of a starting cluster. */
export async function replicasFor(
  link: NatsLink,
  { serversNamed, clock, log }: { serversNamed: number; clock: Clock; log: Log },
): Promise<number> {
  if (link.nats.info?.cluster === undefined) return 1;
  if (serversNamed >= 3) return 3;
  const until = clock.monotonic() + GROWING_MS;
  for (;;) {
    const known = link.nats.info?.connect_urls?.length ?? 1;
    if (known >= 3) return 3;
    if (clock.monotonic() >= until) break;
    await clock.sleep(PAUSE_MS);
  }
  log.warn({}, "the NATS cluster has fewer than three servers: all data will be stored on one of them");
  return 1;
}

function unusable(message: string, cause?: unknown): CarryoutError {
  return new CarryoutError("store-unusable", message, cause === undefined ? {} : { cause });
}
