import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { repoContract } from "../../../src/ports/contracts/repo-contract.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { PgBouncer, withoutPgBouncer } from "../../support/pgbouncer.testing.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { RecordWriters } from "../../support/record-writers.ts";

describe("PgBouncer before PostgreSQL", { skip: withoutPostgres || withoutPgBouncer }, () => {
  let server: PostgresServer;
  let transactions: PgBouncer;
  let sessions: PgBouncer;

  before(async () => {
    server = await PostgresServer.start();
    transactions = await PgBouncer.start(server, "transaction");
    sessions = await PgBouncer.start(server, "session");
  });
  after(async () => {
    await transactions.stop();
    await sessions.stop();
    await server.stop();
  });

  repoContract("postgres behind a pooler of transactions, over the nodes' own sockets", () =>
    PostgresRepos.make(server, { ports: [transactions.port], isLinked: true }),
  );

  test("the mode is found out: a pooler of sessions is as good as none", async () => {
    const behindSessions = await PostgresRepos.make(server, { ports: [sessions.port] });
    const behindTransactions = await PostgresRepos.make(server, { ports: [transactions.port] });
    assert.equal(behindSessions.reached.pooling, "none");
    assert.equal(behindTransactions.reached.pooling, "transaction");
    await behindSessions.dispose();
    await behindTransactions.dispose();
  });

  test("connections that the server ends are replaced, and nothing is lost", async () => {
    const repos = await PostgresRepos.make(server, { ports: [transactions.port] });
    const [one, two] = await Promise.all([repos.open(), repos.open()]);
    const watchings = [new Watching(one.slots), new Watching(two.slots)];
    const writers = new RecordWriters([one.slots, two.slots], ["ann", "bob", "cy"]);
    for (let round = 0; round < 10; round += 1) {
      await writers.more(5);
      await server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'carryout%'",
      );
    }
    await writers.more(5);
    await writers.stop();
    await writers.check((await repos.open()).slots, watchings);
    await repos.dispose();
  });
});
