import { after, before, describe } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { type NatsLink, openNatsLink } from "../../../src/engines/nats/jetstream/connection.ts";
import { memberSubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import {
  type NatsMembership,
  openNatsMembership,
} from "../../../src/engines/nats/members/nats-membership.ts";
import { membershipContract } from "../../../src/ports/contracts/membership-contract.ts";
import { silentLog as log } from "../../../src/telemetry/log.ts";
import { NatsServers } from "../../support/nats-servers.ts";

for (const count of [1, 3]) {
  describe(`on ${count} nats-server${count > 1 ? "s" : ""}`, () => {
    let servers: NatsServers;
    before(async () => {
      servers = await NatsServers.start({ count });
    });
    after(() => servers.stop());

    for (const lifeline of [{}, "off"] as const) {
      membershipContract(`nats, ${lifeline === "off" ? "without" : "with"} lifelines`, async () => {
        const name = clock.id();
        const links: NatsLink[] = [];
        const opened: NatsMembership[] = [];
        return {
          open: async () => {
            const server = servers.addresses[links.length % count]!;
            const link = await openNatsLink({ connection: { servers: server }, name, clock, log });
            links.push(link);
            const membership = await openNatsMembership({ link, name, clock, log, leaseMs: 3_000, lifeline });
            opened.push(membership);
            return membership;
          },
          slander: (node) => {
            links[0]?.nats.publish(`${memberSubjects(name)}news`, JSON.stringify({ type: "leave", node }));
          },
          dispose: async () => {
            for (const membership of opened) await membership.close();
            for (const link of links) await link.close();
          },
        };
      });
    }
  });
}
