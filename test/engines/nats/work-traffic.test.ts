import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { downloadKey, keyOf } from "../../../src/download/key.ts";
import type { NatsLink } from "../../../src/engines/nats/jetstream/connection.ts";
import {
  finishedDownload,
  sampleDownload,
  sampleMark,
  sampleSaved,
} from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import type { Version } from "../../../src/ports/repo.ts";
import type { Work } from "../../../src/ports/work.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

const TICKS = 200;
/** Messages that a watcher may receive besides ticks: answers to its own reads. */
const LOOKS = 10;

describe("what a tick costs", () => {
  let servers: NatsServers;
  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());

  /** Resolves when the snapshot has arrived; counts the changes after it. */
  async function watch(work: Work, user: string): Promise<{ told: () => number; stop: () => void }> {
    const stop = new AbortController();
    const synced = Promise.withResolvers<void>();
    let told = 0;
    const run = async () => {
      for await (const { type } of work.watch(user, stop.signal)) {
        if (type === "synced") synced.resolve();
        if (type === "put") told += 1;
      }
    };
    void run();
    await synced.promise;
    return { told: () => told, stop: () => stop.abort() };
  }

  async function tick(work: Work, key: string, times: number): Promise<void> {
    let version: Version | null = null;
    for (let done = 0; done < times; done += 1) {
      version = await work.advance(key, sampleMark(done % 100), version);
    }
  }

  test("a tick is a small message to nodes that look at its user, and none to others; a checkpoint is sent on to nobody", async (t) => {
    const repos = await NatsRepos.make(servers);
    const links = await Promise.all([repos.link(), repos.link(), repos.link()]);
    const [writer, looking, other] = await Promise.all(links.map((link) => repos.open({ link })));
    const watches = [await watch(looking!.work, "ann"), await watch(other!.work, "bob")];
    const traffic = (link: NatsLink) => ({ ...link.nats.stats() });
    const before = links.map(traffic);
    const key = downloadKey("ann", "one");
    await tick(writer!.work, key, TICKS);
    await eventually(
      "the ticks",
      async () => watches[0]!.told() >= 1 && traffic(links[1]!).inMsgs - before[1]!.inMsgs >= TICKS,
    );
    const after = links.map(traffic);
    const [sent, received, spared] = links.map((_, index) => ({
      in: after[index]!.inMsgs - before[index]!.inMsgs,
      inBytes: after[index]!.inBytes - before[index]!.inBytes,
      out: after[index]!.outMsgs - before[index]!.outMsgs,
      outBytes: after[index]!.outBytes - before[index]!.outBytes,
    }));
    t.diagnostic(`per tick, writer: ${sent!.out / TICKS} messages of ${sent!.outBytes / sent!.out} bytes`);
    t.diagnostic(
      `per tick, looking: ${received!.in / TICKS} messages of ${received!.inBytes / received!.in} bytes`,
    );
    t.diagnostic(`in all, not looking: ${spared!.in} messages`);
    assert.ok(sent!.out <= TICKS + LOOKS, `${sent!.out} requests for ${TICKS} ticks`);
    assert.ok(received!.in <= TICKS + LOOKS);
    assert.ok(received!.inBytes / received!.in < 700, "a tick is small");
    assert.ok(spared!.in <= LOOKS, `${spared!.in} messages to a node that looks at nobody of them`);

    const saved = await writer!.work.save(key, sampleSaved(100), null);
    await writer!.work.save(key, sampleSaved(200), saved);
    await tick(writer!.work, downloadKey("ann", "two"), 1);
    await eventually("a tick after it", async () => watches[0]!.told() >= 2);
    assert.ok(traffic(links[1]!).inBytes - after[1]!.inBytes < 10_000, "the checkpoints were not sent on");
    for (const { stop } of watches) stop();
    await repos.dispose();
  });

  test("a viewer who has one running download and nothing else costs four requests", async () => {
    const repos = await NatsRepos.make(servers, { recordStreams: 1 });
    const links = await Promise.all([repos.link(), repos.link()]);
    const [holder, looking] = await Promise.all(links.map((link) => repos.open({ link })));
    const asked = sampleDownload("ann", { id: "one" });
    await holder!.slots.insert(asked);
    const sent = () => links[1]!.nats.stats().outMsgs;
    // The first viewer costs one more: how far the stream is.
    (await watch(looking!.work, "bob")).stop();
    const before = sent();
    const { stop } = await watch(looking!.work, "ann");
    assert.equal(sent() - before, 1, "its marks");
    assert.deepEqual(
      (await looking!.slots.list("ann")).map(({ download }) => download),
      [asked],
    );
    assert.equal(sent() - before, 3, "its slots");
    assert.deepEqual(await looking!.history.list("ann", { limit: 10 }), []);
    assert.equal(sent() - before, 4, "its history");
    assert.equal(await looking!.history.size("ann"), 0);
    assert.equal(sent() - before, 5, "the size of its history");
    stop();
    await repos.dispose();
  });

  test("a node without viewers receives four messages for a download, however often it ticks", async (t) => {
    const repos = await NatsRepos.make(servers);
    const links = await Promise.all([repos.link(), repos.link()]);
    const [holder, follower] = await Promise.all(links.map((link) => repos.open({ link })));
    const watching = new Watching(follower!.slots);
    await watching.synced();
    const traffic = (link: NatsLink) => ({ ...link.nats.stats() });
    const before = links.map(traffic);
    const DOWNLOADS = 20;
    for (let number = 0; number < DOWNLOADS; number += 1) {
      const asked = sampleDownload(`user-${number}`, { id: `id-${number}` });
      const key = downloadKey(asked.user, asked.id);
      const inserted = (await holder!.slots.insert(asked))!;
      const claimed = (await holder!.slots.update({ ...asked, epoch: 1 }, inserted))!;
      await tick(holder!.work, key, 10);
      const saved = await holder!.work.save(key, sampleSaved(2), null);
      await holder!.work.save(key, sampleSaved(4), saved);
      const ready = finishedDownload(asked.user, asked.id, { expiresAt: Date.now() + 3_600_000 });
      const finished = (await holder!.slots.update(ready, claimed))!;
      await holder!.history.put(ready);
      await holder!.work.remove(key);
      await holder!.slots.remove(keyOf(ready), finished);
    }
    const removals = () => watching.events.filter(({ type }) => type === "remove").length;
    await eventually("the last removal", async () => removals() === DOWNLOADS);
    const after = links.map(traffic);
    const [sent, received] = links.map((_, index) => ({
      in: after[index]!.inMsgs - before[index]!.inMsgs,
      inBytes: after[index]!.inBytes - before[index]!.inBytes,
      out: after[index]!.outMsgs - before[index]!.outMsgs,
      outBytes: after[index]!.outBytes - before[index]!.outBytes,
    }));
    const per = (count: number) => (count / DOWNLOADS).toFixed(1);
    t.diagnostic(
      `holder, per download of 10 ticks and 2 checkpoints: ${per(sent!.out)} messages, ${per(sent!.outBytes)} bytes`,
    );
    t.diagnostic(
      `follower of slots, per download: ${per(received!.in)} messages, ${per(received!.inBytes)} bytes`,
    );
    assert.ok(received!.in <= 4 * DOWNLOADS + LOOKS, `${received!.in} messages for ${DOWNLOADS} downloads`);
    watching.stop();
    await repos.dispose();
  });
});
