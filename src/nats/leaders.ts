/** @module Spreading the leaders of the record streams over the servers: a lost server then stops some writes, not all. */

import type { StreamInfo } from "@nats-io/jetstream";
import type { Cancel, Clock } from "../clock/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { NatsLink } from "./connection.ts";
import { type Layout, recordStream } from "./layout.ts";
import { atLeast } from "./server-version.ts";
import { isPassing } from "./stream.ts";

/** Earlier servers can't be told who is to lead instead. */
const OLDEST = "2.11.0";
/** After the start or a move, and from then on, about: every node looks, no two of them in the same moment. */
const FIRST_LOOK_MS = 5_000;
const LOOK_EVERY_MS = 60_000;

export interface LeadersOptions {
  link: NatsLink;
  layout: Layout;
  clock: Clock;
  log: Log;
}

/** Spreads the leaders now and then. Returns how to stop. */
export function keepLeadersSpread(options: LeadersOptions): () => void {
  const { link, clock, log } = options;
  let cancel: Cancel = () => {};
  let stopped = false;
  const lookIn = (ms: number) => {
    cancel = clock.after(ms * (0.5 + clock.random()), () => void look());
  };
  const look = async () => {
    let moved = false;
    try {
      if (link.cutOffMs() === null) moved = await spreadLeaders(options);
    } catch (error) {
      if (!stopped && !isPassing(error)) log.warn({ error }, "the leaders of the streams can't be spread");
    }
    if (!stopped) lookIn(moved ? FIRST_LOOK_MS : LOOK_EVERY_MS);
  };
  lookIn(FIRST_LOOK_MS);
  return () => {
    stopped = true;
    cancel();
  };
}

/**
 * Moves at the most one leader: from a server that leads two streams more than another one to that one, which must
 * have all of the stream's records. Writes of that stream pause for some milliseconds. Answers whether it moved one.
 * Errors: those of the client library.
 */
export async function spreadLeaders({ link, layout, log }: LeadersOptions): Promise<boolean> {
  const isCluster = link.nats.info?.cluster !== undefined;
  if (!isCluster || layout.recordStreams < 2 || !atLeast(link.version, OLDEST)) return false;
  const manager = await link.manager();
  const streams: StreamInfo[] = [];
  for (let index = 0; index < layout.recordStreams; index++)
    streams.push(await manager.streams.info(recordStream(layout.name, index)));
  const move = uneven(streams);
  if (move === null) return false;
  log.info({ ...move }, "another server is to lead this stream");
  const request = JSON.stringify({ placement: { preferred: move.to } });
  await link.nats.request(`$JS.API.STREAM.LEADER.STEPDOWN.${move.stream}`, request, { timeout: 2_000 });
  return true;
}

/** Null while a stream has no leader, or is not replicated, or all is even. */
export function uneven(
  streams: readonly Pick<StreamInfo, "config" | "cluster">[],
): { stream: string; from: string; to: string } | null {
  const led = new Map<string, number>();
  for (const { cluster } of streams) {
    if (!cluster?.leader || !cluster.replicas?.length) return null;
    led.set(cluster.leader, (led.get(cluster.leader) ?? 0) + 1);
  }
  for (const { config, cluster } of streams) {
    const from = cluster!.leader!;
    for (const { name: to, current, offline } of cluster!.replicas!) {
      if (!current || offline) continue;
      if ((led.get(from) ?? 0) - (led.get(to) ?? 0) >= 2) return { stream: config.name, from, to };
    }
  }
  return null;
}
