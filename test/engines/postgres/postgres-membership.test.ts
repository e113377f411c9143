import { after, before, describe } from "node:test";
import { membershipContract } from "../../../src/ports/contracts/membership-contract.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresMembers } from "../../support/postgres-members.ts";

describe("on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server?.stop());

  for (const lifeline of [{}, "off"] as const) {
    membershipContract(`postgres, ${lifeline === "off" ? "without" : "with"} lifelines`, async () => {
      const members = new PostgresMembers(server, { leaseMs: 3_000, lifeline });
      const schema = new URL(members.url).searchParams.get("schema");
      return {
        open: async () => (await members.open()).membership,
        slander: (node) => {
          void server.query(`UPDATE ${schema}.member SET state = 'died' WHERE node = $1`, [node]);
        },
        dispose: () => members.close(),
      };
    });
  }
});
