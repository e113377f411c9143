/** @module A process that writes slots and is connected to others by its sockets, for `links.test.ts`. */

import { systemClock as clock } from "../../src/clock/system.ts";
import type { Announcement } from "../../src/engines/lifeline/announcement.ts";
import { openPostgresRepo } from "../../src/engines/postgres/records/postgres-repo.ts";
import { reachServer } from "../../src/engines/postgres/session/postgres-server.ts";
import { sampleDownload } from "../../src/ports/contracts/sample-downloads.ts";
import { nodeIdOf } from "../../src/ports/membership.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import { openLinkedNode } from "./linked-nodes.ts";
import { targetOf } from "./postgres-repos.ts";
import { eventually } from "./real-cluster.ts";

export interface LinkedWriterSettings {
  port: number;
  schema: string;
  peer: Announcement;
}

/** "cut" breaks its sockets for good; else it writes slots of this user, and says so after each. */
export type Order = "cut" | { user: string; count: number };

const { port, schema, peer } = JSON.parse(process.argv[2]!) as LinkedWriterSettings;
const target = targetOf([{ host: "127.0.0.1", port }], schema);
const server = await reachServer({ target, node: "writer", clock, log });
const { links, announcement, lifeline } = await openLinkedNode("writer");
const repo = await openPostgresRepo({ server, links, clock, log });
links.keep(new Map([[nodeIdOf(peer.member), peer]]));
process.once("disconnect", () => process.exit());
process.on("message", async (order: Order) => {
  if (order === "cut") {
    lifeline.listener.close();
    await links.close();
    process.send!("cut");
    return;
  }
  for (let index = 0; index < order.count; index += 1) {
    await repo.slots.insert(sampleDownload(`${order.user}-${index}`));
    process.send!(`${order.user}-${index}`);
  }
});
await eventually("connected", async () => links.reachesAll);
process.send!(announcement);
