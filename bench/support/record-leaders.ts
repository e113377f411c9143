/** @module Which nats-server leads the records of which user, as the servers report it. */

import { jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { slotKey } from "../../src/download/key.ts";
import { disagreement, unevenness } from "../../src/engines/nats/jetstream/leaders.ts";
import { streamIndexOf } from "../../src/engines/nats/records/record-subjects.ts";
import type { NatsServers } from "../../test/support/nats-servers.ts";
import { eventually } from "../../test/support/real-cluster.ts";

/** The nodes move one leader at a time, after a quiet period that doubles with each election. */
const SPREAD_WITHIN_MS = 600_000;

/** Waits until the leaders are spread as evenly as possible; then maps a user to the name of its server. */
export async function spreadRecordLeaders(servers: NatsServers): Promise<(user: string) => string> {
  const nats = await connect({ servers: servers.addresses });
  try {
    const manager = await jetstreamManager(nats);
    const look = async () => {
      const all: StreamInfo[] = [];
      for await (const info of manager.streams.list()) all.push(info);
      all.sort((a, b) => a.config.name.localeCompare(b.config.name));
      const named = (part: string) => all.filter(({ config }) => config.name.includes(part));
      const streams = named("-records-");
      const others = [named("-work-"), named("-history-")];
      const isCurrent = all.every(({ cluster }) => cluster?.replicas?.every(({ current }) => current));
      const isSpread = unevenness(streams) === "even" && disagreement(streams, others) === "even";
      return isCurrent && isSpread && streams;
    };
    const streams = await eventually("leaders are spread", look, SPREAD_WITHIN_MS);
    return (user) =>
      streams[streamIndexOf(slotKey(user, "default"), streams.length)]?.cluster?.leader ?? "none";
  } finally {
    await nats.close();
  }
}
