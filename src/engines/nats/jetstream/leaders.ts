/** @module Spreads the leaders of the record streams over the servers: losing a server then blocks only some writes. */

import type { StreamInfo } from "@nats-io/jetstream";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import { jittered } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "./connection.ts";
import { type Layout, streamsOf } from "./layout.ts";
import { atLeast } from "./server-version.ts";
import { isPassing } from "./stream.ts";

/** Earlier versions don't accept a preferred new leader. */
const OLDEST = "2.11.0";
/** Leaders are moved after about this long without an election; randomised, so that no two nodes act at once. */
const CALM_MS = 3_000;
/**
 * Doubled by every election, until there was none for LATEST_MS. If some servers can't reach some others, leadership
 * settles on one that reaches all, and each move would disturb that.
 */
const LONGEST_CALM_MS = 600_000;
/** Check interval when they are even, as election notices may get lost, and while a server is down. */
const LATEST_MS = 60_000;
const LATEST_WAITING_MS = 15_000;

/** State of the leaders: spread, moving, or to be spread once a server is back or an election is over. */
export type Spread = "even" | "moving" | "waiting";

interface Move {
  stream: string;
  from: string;
  to: string;
}

export interface LeadersOptions {
  link: NatsLink;
  layout: Layout;
  clock: Clock;
  log: Log;
}

/** Spreads the leaders some time after every election. Returns a function to stop. */
export function keepLeadersSpread(options: LeadersOptions): () => void {
  const { link, layout, clock, log } = options;
  let cancel: Cancel = () => {};
  let stopped = false;
  let calmMs = CALM_MS;
  let pauseMs = calmMs;
  let electedAt = Number.NEGATIVE_INFINITY;
  const lookIn = (ms: number) => {
    cancel();
    pauseMs = ms;
    if (!stopped) cancel = clock.after(jittered(clock, ms), () => void look());
  };
  const look = async () => {
    const electedBefore = electedAt;
    let spread: Spread = "waiting";
    try {
      if (link.cutOffMs() === null) spread = await spreadLeaders(options);
    } catch (error) {
      if (!stopped && !isPassing(error)) log.warn({ error }, "stream leaders can't be balanced");
    }
    if (electedAt !== electedBefore) return; // which has scheduled the next check
    if (spread === "even" && clock.monotonic() - electedAt >= LATEST_MS) calmMs = CALM_MS;
    const waitingMs = Math.max(calmMs, Math.min(pauseMs * 2, LATEST_WAITING_MS));
    lookIn({ even: LATEST_MS, moving: calmMs, waiting: waitingMs }[spread]);
  };
  const onElection = () => {
    electedAt = clock.monotonic();
    calmMs = Math.min(calmMs * 2, LONGEST_CALM_MS);
    lookIn(calmMs);
  };
  // The leaders of work and history follow those of the slots: their elections do not prolong the wait.
  const elections = streamsOf(layout).slots.map((stream) =>
    link.nats.subscribe(`$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${stream}`, {
      // The login may lack permission for election notices: then the regular checks have to suffice.
      callback: (error) => {
        if (!error) onElection();
      },
    }),
  );
  lookIn(CALM_MS);
  return () => {
    stopped = true;
    cancel();
    for (const each of elections) each.unsubscribe();
  };
}

/**
 * Moves leaders, each to a replica that has all of the stream's records: at most one leader of a slot stream, from a
 * server that leads at least two more of these than another one, to that one. Once these are even, the leaders of work
 * and history move to the server that leads the slots of the same users. So the loss of a server blocks only the writes
 * of the users whose slots it led. Writes of a stream pause for some milliseconds while its leader moves. Errors: those
 * of the client library.
 */
export async function spreadLeaders({ link, layout, log }: LeadersOptions): Promise<Spread> {
  const isCluster = link.nats.info?.cluster !== undefined;
  if (!isCluster || !atLeast(link.version, OLDEST)) return "even";
  const manager = await link.manager();
  const infosOf = async (names: string[]) => {
    const infos: StreamInfo[] = [];
    for (const name of names) infos.push(await manager.streams.info(name));
    return infos;
  };
  const { slots, work, history } = streamsOf(layout);
  const slotStreams = await infosOf(slots);
  const uneven = unevenness(slotStreams);
  if (uneven === "waiting") return uneven;
  const moves =
    uneven === "even" ? disagreement(slotStreams, [await infosOf(work), await infosOf(history)]) : [uneven];
  if (typeof moves === "string") return moves;
  for (const move of moves) {
    log.info({ ...move }, "moving the leader of this stream to another server");
    const request = JSON.stringify({ placement: { preferred: move.to } });
    await link.nats.request(`$JS.API.STREAM.LEADER.STEPDOWN.${move.stream}`, request, { timeout: 2_000 });
  }
  return "moving";
}

/** The next move towards an even spread, or why there is none. Streams without replicas count as even. */
export function unevenness(
  streams: readonly Pick<StreamInfo, "config" | "cluster">[],
): Move | "even" | "waiting" {
  const led = new Map<string, number>();
  for (const { cluster } of streams) {
    if (!cluster?.replicas?.length) return "even";
    if (!cluster.leader) return "waiting";
    led.set(cluster.leader, (led.get(cluster.leader) ?? 0) + 1);
  }
  let found: "even" | "waiting" = "even";
  for (const { config, cluster } of streams) {
    const from = cluster!.leader!;
    for (const { name: to, current, offline } of cluster!.replicas!) {
      if ((led.get(from) ?? 0) - (led.get(to) ?? 0) < 2) continue;
      if (current && !offline) return { stream: config.name, from, to };
      found = "waiting";
    }
  }
  return found;
}

/** The moves that let the leader of some users' slots lead their other streams too, or why there are none. */
export function disagreement(
  slots: readonly Pick<StreamInfo, "config" | "cluster">[],
  others: readonly (readonly Pick<StreamInfo, "config" | "cluster">[])[],
): Move[] | "even" | "waiting" {
  const moves: Move[] = [];
  let isWaiting = false;
  for (const [index, { cluster: ofSlots }] of slots.entries()) {
    const to = ofSlots?.leader;
    for (const { config, cluster } of others.map((streams) => streams[index]!)) {
      if (!cluster?.replicas?.length || cluster.leader === to) continue;
      const replica = cluster.replicas.find(({ name }) => name === to);
      if (to && cluster.leader && replica?.current && !replica.offline)
        moves.push({ stream: config.name, from: cluster.leader, to });
      else isWaiting = true;
    }
  }
  if (moves.length > 0) return moves;
  return isWaiting ? "waiting" : "even";
}
