import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { jetstream } from "@nats-io/jetstream";
import { keyOf } from "../../../src/download/key.ts";
import { recordSubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import { repoContract } from "../../../src/ports/contracts/repo-contract.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";

describe("on one nats-server", () => {
  let servers: NatsServers;

  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());

  repoContract("nats", () => NatsRepos.make(servers));

  test("one stream holds everything just as well", async () => {
    const repos = await NatsRepos.make(servers, { recordStreams: 1 });
    const repo = (await repos.open()).slots;
    const download = sampleDownload("ann");
    const version = (await repo.insert(download))!;
    assert.equal(await repo.update(download, version + 1), null);
    assert.equal(await repo.update(download, version + 2), null);
    assert.ok((await repo.update(download, version))! > version);
    await repos.dispose();
  });

  test("invalid records disturb no reader, and keys with wildcards find nothing", async () => {
    const repos = await NatsRepos.make(servers, { recordStreams: 1 });
    const repo = (await repos.open()).slots;
    const link = await repos.link();
    const subjects = recordSubjects(repos.layout.name, 0);
    for (const name of ["a", "a.b.c", "floor"])
      await jetstream(link.nats).publish(`${subjects}${name}`, "anything");
    await repo.insert(sampleDownload("ann"));
    const watching = new Watching(repo);
    await watching.synced();
    assert.equal(watching.records.size, 1);
    for (const key of ["*.default", ">", "*.*", "a.b.c", "floor", ""]) {
      assert.equal(await repo.fetch(key), null);
      assert.equal(await repo.remove(key, 2), null);
    }
    await repos.dispose();
  });

  test("a removed record can't be replaced by giving the version of its removal", async () => {
    const repos = await NatsRepos.make(servers);
    const repo = (await repos.open()).slots;
    const watching = new Watching(repo);
    await watching.synced();
    const download = sampleDownload("ann");
    await repo.remove(keyOf(download), (await repo.insert(download))!);
    await watching.until(({ events }) => events.at(-1)?.type === "remove");
    const removal = watching.events.at(-1);
    assert.ok(removal?.type === "remove");
    assert.equal(await repo.update(download, removal.version), null);
    assert.equal(await repo.remove(keyOf(download), removal.version), null);
    await repos.dispose();
  });

  test("a snapshot of many records arrives complete, without removed ones", async () => {
    const repos = await NatsRepos.make(servers);
    const repo = (await repos.open()).slots;
    const users = Array.from({ length: 3_000 }, (_, index) => `user-${index}`);
    const versions = await Promise.all(users.map((user) => repo.insert(sampleDownload(user))));
    const removals = users.slice(0, 500).map((user, index) => {
      return repo.remove(keyOf(sampleDownload(user)), versions[index]!);
    });
    await Promise.all(removals);
    const watching = new Watching((await repos.open()).slots);
    await watching.synced();
    assert.equal(watching.records.size, 2_500);
    assert.equal(watching.events.length, 2_502);
    await repos.dispose();
  });
});
