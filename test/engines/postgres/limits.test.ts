import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "pg";
import { keyOf } from "../../../src/download/key.ts";
import { isFull } from "../../../src/errors.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { eventually } from "../../support/real-cluster.ts";
import { RecordWriters } from "../../support/record-writers.ts";
import { SmallDisk, withoutSmallDisk } from "../../support/small-disk.ts";

const DISK_MB = 24;

describe("PostgreSQL without room", { skip: withoutPostgres }, () => {
  test("no connection is left: writes wait for one, and go on", async () => {
    const server = await PostgresServer.start({
      settings: { max_connections: "16", superuser_reserved_connections: "3" },
    });
    await server.query("CREATE ROLE plain LOGIN");
    await server.query("GRANT CREATE ON DATABASE postgres TO plain");
    const repos = await PostgresRepos.make(server, { user: "plain" });
    const one = await repos.open();
    const watching = new Watching(one.slots);
    await watching.synced();
    const writers = new RecordWriters([one.slots], ["ann", "bob"]);
    await writers.more(5);

    const others: Client[] = [];
    const url = server.url.replace("carryout@", "plain@");
    const takeAll = async () => {
      for (;;) {
        const client = new Client({ connectionString: url });
        client.on("error", () => {});
        try {
          await client.connect();
          others.push(client);
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "53300");
          return;
        }
      }
    };
    await takeAll();
    await server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'carryout %'",
    );
    await takeAll();
    // Whichever connections it got back, the rest is missed.
    await Promise.all(others.map((client) => client.end()));
    await writers.more(5);
    await writers.stop();
    await writers.check(one.slots, [watching]);
    await eventually("all connections are back", async () => one.trouble() === null);
    await repos.dispose();
    await server.stop();
  });

  describe("on its disk", { skip: withoutSmallDisk }, () => {
    let disk: SmallDisk;
    let server: PostgresServer;

    before(async () => {
      server = await PostgresServer.start();
      disk = await SmallDisk.mount(DISK_MB, "postgres");
      await server.query(`CREATE TABLESPACE small LOCATION '${disk.dir}'`);
      await server.query("ALTER DATABASE postgres SET default_tablespace = small");
    });
    after(async () => {
      await server.stop();
      await disk.unmount();
    });

    test("what has no room is refused as unavailable; reads go on, and so does everything when there is room", async () => {
      const repos = await PostgresRepos.make(server);
      const repo = await repos.open();
      const first = sampleDownload("first");
      await repo.slots.insert(first);
      disk.fill();

      const params = { long: "x".repeat(2_000) };
      const kept: string[] = [];
      let refusal: unknown = null;
      for (let index = 0; refusal === null; index += 1) {
        const download = sampleDownload(`user-${index}`, { params });
        await repo.slots.insert(download).then(
          () => kept.push(keyOf(download)),
          (error: unknown) => {
            refusal = error;
          },
        );
      }
      assert.ok(isFull(refusal), String(refusal));
      assert.equal((await repo.slots.fetch(keyOf(first)))?.download.id, first.id);
      for (const key of kept) assert.notEqual(await repo.slots.fetch(key), null);
      assert.equal(repo.trouble(), null);

      disk.free();
      assert.notEqual(await repo.slots.insert(sampleDownload("later", { params })), null);
      const watching = new Watching(repo.slots);
      await watching.synced();
      assert.equal(watching.records.size, kept.length + 2);
      await repos.dispose();
    });
  });
});
