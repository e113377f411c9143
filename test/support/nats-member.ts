/** @module A process that joins a membership on NATS, started by `NatsMembers.spawn`; any message makes it leave. */

import { systemClock as clock } from "../../src/clock/system.ts";
import { openNatsLink } from "../../src/engines/nats/jetstream/connection.ts";
import { openNatsMembership } from "../../src/engines/nats/members/nats-membership.ts";
import { testMember } from "../../src/ports/contracts/membership-contract.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import type { MemberSettings } from "./nats-members.ts";

const { servers, name, member, leaseMs, lifeline } = JSON.parse(process.argv[2]!) as MemberSettings;
const link = await openNatsLink({ connection: { servers, noRandomize: true }, name, clock, log });
const membership = await openNatsMembership({ link, name, clock, log, leaseMs, lifeline });
process.once("disconnect", () => process.exit());
process.once("message", async () => {
  await membership.close();
  await link.close();
  process.disconnect();
});
await membership.join(testMember(member));
process.send!("joined");
