import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { recordStream } from "../../../src/engines/nats/jetstream/layout.ts";
import type { NatsRepo } from "../../../src/engines/nats/records/nats-repo.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { usersOfAllStreams } from "../../support/nats-writers.ts";
import { eventually } from "../../support/real-cluster.ts";
import { RecordWriters } from "../../support/record-writers.ts";

describe("failures of three nats-servers under a repo", () => {
  let servers: NatsServers;
  let repos: NatsRepos;
  let one: NatsRepo;
  let two: NatsRepo;
  let watchings: Watching[];
  let writers: RecordWriters;

  before(async () => {
    servers = await NatsServers.start({ count: 3 });
  });
  after(() => servers.stop());

  /** Two repos, each connected to a different server, that write the same records, and watch. */
  beforeEach(async () => {
    repos = await NatsRepos.make(servers);
    one = await repos.open({ link: await repos.link(0, 1, 2) });
    two = await repos.open({ link: await repos.link(1, 2, 0) });
    watchings = [new Watching(one.slots), new Watching(two.slots)];
    await Promise.all(watchings.map((watching) => watching.synced()));
    writers = new RecordWriters([one.slots, two.slots], usersOfAllStreams(repos.layout.recordStreams));
    await writers.more(10);
  });
  afterEach(async () => {
    await writers.stop();
    await repos.dispose();
  });

  async function leaderOf(stream: number): Promise<number> {
    const manager = await (await repos.link()).manager();
    const name = await eventually("a leader", async () => {
      const { cluster } = await manager.streams.info(recordStream(repos.layout.name, stream));
      return cluster?.leader ?? null;
    });
    return servers.names.indexOf(name);
  }

  async function allIsTrue(): Promise<void> {
    await writers.stop();
    await writers.check((await repos.open()).slots, watchings);
  }

  async function bringBack(server: number): Promise<void> {
    servers.launch(server);
    await servers.ready();
  }

  test("kill -9 of the server that a repo is connected to", async () => {
    await servers.kill(0);
    await writers.more(20);
    await bringBack(0);
    await writers.more(20);
    await allIsTrue();
  });

  test("kill -9 of the leader of a stream", async () => {
    const leader = await leaderOf(1);
    await servers.kill(leader);
    await writers.more(20);
    await bringBack(leader);
    await writers.more(20);
    await allIsTrue();
  });

  test("a leader that freezes, and wakes up after having been replaced", async () => {
    const leader = await leaderOf(2);
    servers.freeze(leader);
    await writers.more(20);
    servers.thaw(leader);
    await writers.more(20);
    await allIsTrue();
  });

  test("all servers at once: writes fail in seconds, watchers wait, and no acknowledged write is lost", async () => {
    await Promise.all([0, 1, 2].map((index) => servers.kill(index)));
    const unavailable = { code: "unavailable" };
    await Promise.all([
      assert.rejects(one.slots.insert(sampleDownload("too-late")), unavailable),
      assert.rejects(two.slots.fetch("dXNlcg.default"), unavailable),
    ]);
    assert.ok(one.health().some(({ silentMs }) => silentMs > 0));
    const [waiting, stopped, closed] = [
      new Watching(one.slots),
      new Watching(one.slots),
      new Watching(two.slots),
    ];
    stopped.stop();
    await stopped.ended;
    assert.deepEqual(
      waiting.events.map(({ type }) => type),
      ["begin"],
    );
    for (const index of [0, 1, 2]) servers.launch(index);
    await servers.ready();
    await waiting.synced();
    await writers.more(10);
    watchings.push(waiting);
    await allIsTrue();
    await eventually("all leaders answer", async () => one.health().every(({ silentMs }) => silentMs === 0));
    await two.close();
    await closed.ended;
  });
});
