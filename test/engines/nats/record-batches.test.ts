import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { keyOf } from "../../../src/download/key.ts";
import { recordStream, recordSubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import { openNatsStream } from "../../../src/engines/nats/jetstream/stream.ts";
import type { NatsRepo } from "../../../src/engines/nats/records/nats-repo.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";
import { RecordWriters } from "../../support/record-writers.ts";

const USERS = Array.from({ length: 60 }, (_, index) => `user-${index}`);

describe("writes that go together", () => {
  let servers: NatsServers;
  let repos: NatsRepos;
  let repo: NatsRepo;
  let watching: Watching;

  before(async () => {
    servers = await NatsServers.start({ count: 3 });
  });
  after(() => servers.stop());
  beforeEach(async () => {
    repos = await NatsRepos.make(servers, { recordStreams: 1 });
    repo = await repos.open();
    watching = new Watching((await repos.open()).slots);
    await watching.synced();
  });
  afterEach(async () => {
    watching.stop();
    await repos.dispose();
  });

  /** How many of these users' stored slots were written in a batch. */
  async function batched(users: readonly string[]): Promise<number> {
    const { name } = repos.layout;
    const stream = await openNatsStream(await repos.link(), recordStream(name, 0));
    const found = await Promise.all(
      users.map((user) => stream.last(`${recordSubjects(name, 0)}${keyOf(sampleDownload(user))}`)),
    );
    return found.filter((message) => message?.headers.get("Nats-Batch-Id")).length;
  }

  async function assertStored(versions: ReadonlyMap<string, number | null>): Promise<void> {
    for (const [user, version] of versions) {
      const stored = await repo.slots.fetch(keyOf(sampleDownload(user)));
      if (version !== null) assert.equal(stored?.version, version, user);
      await watching.until(({ records }) => records.get(stored!.key)?.version === stored!.version);
    }
  }

  test("each knows its own version, and watchers see all", async () => {
    const insert = async (user: string) => [user, await repo.slots.insert(sampleDownload(user))] as const;
    const versions = new Map(await Promise.all(USERS.map(insert)));
    assert.ok((await batched(USERS)) > USERS.length / 2, "most went together");
    await assertStored(versions);
    const update = async (user: string) =>
      [user, await repo.slots.update(sampleDownload(user, { id: "again" }), versions.get(user)!)] as const;
    await assertStored(new Map(await Promise.all(USERS.map(update))));
  });

  test("one that conflicts is refused alone", async () => {
    const taken = USERS.filter((_, index) => index % 20 === 7);
    const other = await repos.open();
    for (const user of taken) assert.ok(await other.slots.insert(sampleDownload(user, { id: "theirs" })));
    const inserted = await Promise.all(
      USERS.map(async (user) => [user, await repo.slots.insert(sampleDownload(user))] as const),
    );
    assert.deepEqual(
      inserted.filter(([, version]) => version === null).map(([user]) => user),
      taken,
    );
    await assertStored(new Map(inserted));
  });

  test("where the stream does not allow it, each goes alone", async () => {
    const manager = await (await repos.link()).manager();
    await manager.streams.update(recordStream(repos.layout.name, 0), { allow_atomic: false });
    const inserted = await Promise.all(
      USERS.map(async (user) => [user, await repo.slots.insert(sampleDownload(user))] as const),
    );
    await assertStored(new Map(inserted));
    assert.equal(await batched(USERS), 0);
  });

  test("a leader that is killed among them: what was acknowledged is stored, once", async () => {
    const writers = new RecordWriters([repo.slots], USERS);
    await writers.more(3);
    const manager = await (await repos.link(0, 1, 2)).manager();
    const leader = await eventually("a leader", async () => {
      const { cluster } = await manager.streams.info(recordStream(repos.layout.name, 0));
      return cluster?.leader ?? null;
    });
    await servers.kill(servers.names.indexOf(leader));
    await writers.more(3);
    assert.ok((await batched(USERS)) > 0, "some went together");
    servers.launch(servers.names.indexOf(leader));
    await servers.ready();
    await writers.stop();
    await writers.check((await repos.open()).slots, [watching]);
  });
});
