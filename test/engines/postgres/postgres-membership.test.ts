import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  eventOf,
  type MembershipCluster,
  membershipContract,
  seen,
} from "../../../src/ports/contracts/membership-contract.ts";
import { watching } from "../../support/member-processes.ts";
import { PgBouncer, withoutPgBouncer } from "../../support/pgbouncer.testing.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresMembers } from "../../support/postgres-members.ts";

describe("on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server?.stop());

  const clusterOf = (members: PostgresMembers): MembershipCluster => {
    const schema = new URL(members.url).searchParams.get("schema");
    return {
      open: async () => (await members.open()).membership,
      slander: (node) => {
        void server.query(`UPDATE ${schema}.member SET state = 'died' WHERE node = $1`, [node]);
      },
      dispose: () => members.close(),
    };
  };

  for (const lifeline of [{}, "off"] as const) {
    membershipContract(`postgres, ${lifeline === "off" ? "without" : "with"} lifelines`, async () =>
      clusterOf(new PostgresMembers(server, { leaseMs: 3_000, lifeline })),
    );
  }

  describe("through PgBouncer, with a connection for each transaction", { skip: withoutPgBouncer }, () => {
    let pooler: PgBouncer;
    before(async () => {
      pooler = await PgBouncer.start(server, "transaction");
    });
    after(() => pooler?.stop());

    membershipContract("postgres, pooled", async () =>
      clusterOf(new PostgresMembers(pooler, { leaseMs: 3_000 })),
    );

    test("a killed process is presumed gone as soon as its port is closed", async () => {
      const members = new PostgresMembers(pooler, { leaseMs: 60_000 });
      try {
        const { child, node } = await members.spawn("other");
        const here = await members.join();
        await seen(here.membership, node);
        await watching(here, 1);
        const left = eventOf(here.membership, "left", node);
        child.kill("SIGKILL");
        assert.equal((await left).certain, false);
      } finally {
        await members.close();
      }
    });
  });
});
