/** @module A process that joins a membership on PostgreSQL, started by `PostgresMembers.spawn`; any message makes it leave. */

import { testMember } from "../../src/ports/contracts/membership-contract.ts";
import { type MemberSettings, openPostgresMember } from "./postgres-members.ts";

const settings = JSON.parse(process.argv[2]!) as MemberSettings & { member: string };
const { membership, session } = await openPostgresMember(settings);
process.once("disconnect", () => process.exit());
process.once("message", async () => {
  await membership.close();
  await session.close();
  process.disconnect();
});
await membership.join(testMember(settings.member));
process.send!("joined");
