import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { jetstream } from "@nats-io/jetstream";
import { downloadKey } from "../../../src/download/key.ts";
import { historyStream, historySubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import { type NatsStream, openNatsStream } from "../../../src/engines/nats/jetstream/stream.ts";
import { dueName } from "../../../src/engines/nats/records/history-index.ts";
import type { NatsRepo } from "../../../src/engines/nats/records/nats-repo.ts";
import { finishedDownload, sampleMark, sampleSaved } from "../../../src/ports/contracts/sample-downloads.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";

const HOUR_MS = 3_600_000;
const KEY = downloadKey("ann", "one");

describe("sweeping the leftovers of removals in work and history", () => {
  let servers: NatsServers;
  let repos: NatsRepos;
  let repo: NatsRepo;
  let stream: NatsStream;

  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());
  beforeEach(async () => {
    repos = await NatsRepos.make(servers, { recordStreams: 1 });
    // The servers' clock is this machine's: everything is older than -1 s.
    repo = await repos.open({ tombstoneAgeMs: -1_000 });
    stream = await openNatsStream(await repos.link(), historyStream(repos.layout.name, 0));
  });
  afterEach(() => repos.dispose());

  async function names(): Promise<string[]> {
    const { state } = await stream.info(">");
    const { length } = historySubjects(repos.layout.name, 0);
    return Object.keys(state.subjects ?? {})
      .map((subject) => subject.slice(length))
      .filter((name) => name !== "floor")
      .sort();
  }

  test("a removed download leaves nothing, a kept one keeps its record and its entry in the index", async () => {
    const expiresAt = Date.now() + HOUR_MS;
    const slice = Math.floor(expiresAt / 600_000);
    const kept = downloadKey("ann", "kept");
    await repo.history.put(finishedDownload("ann", "one", { expiresAt }));
    await repo.history.put(finishedDownload("ann", "kept", { expiresAt }));
    assert.equal(await repo.history.remove(KEY), true);
    assert.deepEqual(await names(), [
      dueName(kept, expiresAt),
      `gone.${KEY}`,
      `record.${kept}`,
      `record.${KEY}`,
      `slice.${slice}`,
    ]);
    assert.equal(await repo.sweepTombstones(), 1);
    assert.deepEqual(await names(), [dueName(kept, expiresAt), `record.${kept}`, `slice.${slice}`]);
    assert.equal(await repo.sweepTombstones(), 0);
    assert.equal((await repo.history.find("kept"))?.stored?.download.id, "kept");
  });

  test("a removal is kept for an hour, and blocks its id for as long", async () => {
    const patient = await repos.open();
    const download = finishedDownload("ann", "one");
    await patient.history.put(download);
    await patient.history.remove(KEY);
    assert.equal(await patient.sweepTombstones(), 0);
    assert.equal(await patient.history.put(download), false);
  });

  test("an entry that was written before a crash, or names another time than the record, is passed over and swept", async () => {
    const download = finishedDownload("ann", "one", { expiresAt: Date.now() + HOUR_MS });
    await repo.history.put(download);
    const prefix = historySubjects(repos.layout.name, 0);
    const js = jetstream((await repos.link()).nats);
    const planted = [dueName(KEY, 7), dueName(downloadKey("bob", "none"), 8), `gone.${KEY}`, "slice.0"];
    for (const name of planted) await js.publish(`${prefix}${name}`, "");
    assert.deepEqual(await repo.history.expired(HOUR_MS, 10), []);
    assert.equal(await repo.sweepTombstones(), 0);
    const left = await names();
    for (const name of planted.slice(0, 3)) assert.ok(!left.includes(name), name);
    assert.deepEqual((await repo.history.fetch(KEY))?.download, download);
    assert.equal((await repo.history.expired(download.expiresAt!, 10)).length, 1);
  });

  test("entries that are due but not removed yet stay in the index, including unreadable ones", async () => {
    await repo.history.put(finishedDownload("ann", "one", { expiresAt: 5 }));
    await repo.history.put(finishedDownload("ann", "newer", { expiresAt: 6 }));
    const newer = downloadKey("ann", "newer");
    await repos.plant("history", newer, JSON.stringify({ v: 99 }));
    await repo.sweepTombstones();
    const left = await names();
    for (const name of [dueName(KEY, 5), dueName(newer, 6), "slice.0"]) assert.ok(left.includes(name), name);
    assert.equal((await repo.history.expired(5, 10)).length, 1);
  });

  test("a put that was interrupted before the index was written is completed when it is repeated", async () => {
    const download = finishedDownload("ann", "one", { expiresAt: 5 });
    await repo.history.put(download);
    await stream.purge(`${historySubjects(repos.layout.name, 0)}${dueName(KEY, 5)}`);
    assert.equal(await repo.history.find("one"), null);
    assert.equal(await repo.history.put(download), true);
    assert.equal((await repo.history.find("one"))?.stored?.download.id, "one");
    assert.equal((await repo.history.expired(5, 10)).length, 1);
  });

  test("leftovers of removed work are swept, a removed checkpoint leaves nothing at once", async () => {
    await repo.work.advance(KEY, sampleMark(1), null);
    await repo.work.save(KEY, sampleSaved(1), null);
    const other = downloadKey("ann", "other");
    const version = await repo.work.advance(other, sampleMark(1), null);
    await repo.work.remove(KEY);
    assert.equal(await repo.sweepTombstones(), 1);
    assert.deepEqual(await repo.work.keys(), [other]);
    assert.equal((await repo.work.fetch(other)).mark?.version, version);
    assert.ok((await repo.work.advance(KEY, sampleMark(1), null))! > version!);
  });
});
