import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../../src/clock/system.ts";
import { prepareSchema } from "../../../src/engines/postgres/schema/prepare-schema.ts";
import { reachServer } from "../../../src/engines/postgres/session/postgres-server.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { targetOf } from "../../support/postgres-repos.ts";

describe("the schema of a cluster", { skip: withoutPostgres }, () => {
  let server: PostgresServer;

  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());

  const reach = (schema: string, user = "carryout") => {
    const target = { ...targetOf([{ host: "127.0.0.1", port: server.port }], schema), user };
    return reachServer({ target, node: "n1", clock: systemClock, log: silentLog });
  };

  const tablesOf = async (schema: string) =>
    await server.query("SELECT table_name FROM information_schema.tables WHERE table_schema = $1", [schema]);

  test("of many nodes that start at once, one creates it and the others find it", async () => {
    const nodes = await Promise.all(Array.from({ length: 8 }, () => reach("together")));
    const ids = await Promise.all(nodes.map((node) => prepareSchema(node)));
    assert.equal((await tablesOf("together")).length, 6);
    assert.equal(new Set([...ids, await prepareSchema(nodes[0]!)]).size, 1, "one cluster has one id");
  });

  test("tables of version 1 get the id of their cluster", async () => {
    await prepareSchema(await reach("old"));
    await server.query("ALTER TABLE old.schema_version DROP COLUMN cluster");
    await server.query("UPDATE old.schema_version SET version = 1");
    const upgraded = await prepareSchema(await reach("old"));
    assert.match(upgraded, /^[0-9a-f-]{36}$/);
    assert.equal(await prepareSchema(await reach("old"), { observer: true }), upgraded);
  });

  test("any name works, and two clusters in one database do not meet", async () => {
    const odd = await prepareSchema(await reach(`od"d'; name`));
    assert.notEqual(await prepareSchema(await reach("select")), odd);
    assert.equal((await tablesOf(`od"d'; name`)).length, 6);
    assert.equal((await tablesOf("select")).length, 6);
  });

  test("tables of a later release are left alone", async () => {
    await prepareSchema(await reach("later"));
    await server.query("UPDATE later.schema_version SET version = 99");
    const refusal = { code: "store-unusable", message: /tables of version 99; this release knows 2/ };
    await assert.rejects(
      reach("later").then((node) => prepareSchema(node)),
      refusal,
    );
  });

  test("without the right to create, the message says what to grant; a schema made beforehand is enough", async () => {
    await server.query("CREATE ROLE plain LOGIN");
    const refusal = {
      code: "store-unusable",
      message: /GRANT CREATE ON DATABASE "postgres" TO "plain", or CREATE SCHEMA/,
    };
    await assert.rejects(
      reach("plainly", "plain").then((node) => prepareSchema(node)),
      refusal,
    );
    await server.query("CREATE SCHEMA plainly AUTHORIZATION plain");
    await prepareSchema(await reach("plainly", "plain"));
    assert.equal((await tablesOf("plainly")).length, 6);
  });

  test("slots of a dump from another server are not looked at again and again", async () => {
    await prepareSchema(await reach("dumped"));
    await server.query(
      "INSERT INTO dumped.slot (key, version, token, xid, doc) VALUES ('a', 1, 't', '99999999999', ''), ('b', 2, 't', '3', '')",
    );
    await prepareSchema(await reach("dumped"));
    const later = "SELECT key FROM dumped.slot WHERE NOT pg_visible_in_snapshot(xid, pg_current_snapshot())";
    assert.deepEqual(await server.query(later), []);
    assert.deepEqual(await server.query("SELECT key FROM dumped.slot WHERE xid = '3'"), [{ key: "b" }]);
  });

  test("an observer creates nothing", async () => {
    const observing = reach("unseen").then((node) => prepareSchema(node, { observer: true }));
    await assert.rejects(observing, {
      code: "store-unusable",
      message: /the schema unseen .* holds no cluster/,
    });
    assert.deepEqual(await tablesOf("unseen"), []);
  });
});
