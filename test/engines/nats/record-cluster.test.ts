import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keyOf } from "../../../src/download/key.ts";
import { repoContract } from "../../../src/ports/contracts/repo-contract.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

describe("on three nats-servers, each record on all of them", () => {
  let servers: NatsServers;

  before(async () => {
    servers = await NatsServers.start({ count: 3 });
  });
  after(() => servers.stop());

  repoContract("nats", () => NatsRepos.make(servers));

  test("tombstones are swept while others write, but not while a server is down", async () => {
    const repos = await NatsRepos.make(servers, { recordStreams: 1 });
    const repo = await repos.open({ tombstoneAgeMs: -1_000, link: await repos.link(0, 1, 2) });
    const insertAndRemove = async (user: string) => {
      const download = sampleDownload(user);
      assert.ok(await repo.slots.remove(keyOf(download), (await repo.slots.insert(download))!));
    };
    await insertAndRemove("ann");
    const writes = Array.from({ length: 200 }, (_, index) =>
      repo.slots.insert(sampleDownload(`user-${index}`)),
    );
    assert.equal(await repo.sweepTombstones(), 1);
    await Promise.all(writes);
    await servers.kill(2);
    await insertAndRemove("bob");
    assert.equal(await repo.sweepTombstones(), 0);
    servers.launch(2);
    await servers.ready();
    await eventually("the sweep", async () => (await repo.sweepTombstones()) === 1);
    await repos.dispose();
  });
});
