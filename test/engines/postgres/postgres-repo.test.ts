import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keyOf } from "../../../src/download/key.ts";
import { repoContract } from "../../../src/ports/contracts/repo-contract.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";

describe("on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;

  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());

  repoContract("postgres", () => PostgresRepos.make(server));

  test("keys that PostgreSQL can't store find nothing", async () => {
    const repos = await PostgresRepos.make(server);
    const { slots, work, history } = await repos.open();
    for (const key of ["", "a", "a\0b", "\ud800", "k".repeat(3_000)]) {
      assert.equal(await slots.fetch(key), null);
      assert.equal(await slots.remove(key, 2), null);
      assert.deepEqual(await work.fetch(key), { mark: null, saved: null });
      assert.equal(await history.fetch(key), null);
      assert.equal(await history.find(key), null);
    }
    await repos.dispose();
  });

  test("a snapshot of many records arrives complete, without removed ones", async () => {
    const repos = await PostgresRepos.make(server);
    const { slots } = await repos.open();
    const users = Array.from({ length: 3_000 }, (_, index) => `user-${index}`);
    const versions = await Promise.all(users.map((user) => slots.insert(sampleDownload(user))));
    const removals = users.slice(0, 500).map((user, index) => {
      return slots.remove(keyOf(sampleDownload(user)), versions[index]!);
    });
    await Promise.all(removals);
    const watching = new Watching((await repos.open()).slots);
    await watching.synced();
    assert.equal(watching.records.size, 2_500);
    assert.equal(watching.events.length, 2_502);
    await repos.dispose();
  });

  test("a write that does not fit fails alone, also among others", async () => {
    const repos = await PostgresRepos.make(server);
    const { slots } = await repos.open();
    await server.query(`ALTER TABLE ${repos.schema}.slot ADD CONSTRAINT small CHECK (length(doc) < 10000)`);
    const large = { country: "x".repeat(20_000) };
    const writes = ["ann", "bob", "cy", "dan"].map((user) =>
      slots.insert(sampleDownload(user, user === "cy" ? { params: large } : {})),
    );
    const results = await Promise.allSettled(writes);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "fulfilled", "rejected", "fulfilled"],
    );
    await assert.rejects(writes[2]!, { code: "store-unusable", message: /SQLSTATE 23514/ });
    await repos.dispose();
  });

  test("tombstones are swept when they are old, and no version is used again", async () => {
    const repos = await PostgresRepos.make(server);
    const repo = await repos.open({ tombstoneAgeMs: 0 });
    const download = sampleDownload("ann");
    const version = (await repo.slots.insert(download))!;
    await repo.slots.remove(keyOf(download), version);
    await repo.work.remove("YW5u.x");
    await repo.history.remove("YW5u.x");
    assert.equal(await repo.sweepTombstones(), 2, "the history remembers what was removed for longer");
    assert.equal(await repo.sweepTombstones(), 0);
    assert.equal(await repo.slots.update(download, version), null);
    assert.ok((await repo.slots.insert(download))! > version);
    await repos.dispose();
  });
});
