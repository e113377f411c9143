import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { systemClock } from "../../../src/clock/system.ts";
import type { Download } from "../../../src/download/download.ts";
import { keyOf } from "../../../src/download/key.ts";
import { recordStream, recordSubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import { openNatsStream } from "../../../src/engines/nats/jetstream/stream.ts";
import type { NatsRepo } from "../../../src/engines/nats/records/nats-repo.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { NatsRepos } from "../../support/nats-repos.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

interface Timer {
  ms: number;
  callback: () => void;
  cancelled: boolean;
}

/** A clock whose timers fire only when the test triggers them. */
function clockByHand(): { clock: Clock; timers: Timer[] } {
  const timers: Timer[] = [];
  const after: Clock["after"] = (ms, callback) => {
    const timer = { ms, callback, cancelled: false };
    timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  };
  return { clock: { ...systemClock, after }, timers };
}

describe("sweeping tombstones", () => {
  let servers: NatsServers;
  let repos: NatsRepos;
  let repo: NatsRepo;

  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());
  beforeEach(async () => {
    repos = await NatsRepos.make(servers, { recordStreams: 1 });
    // The servers use this machine's clock: everything is older than -1 s.
    repo = await repos.open({ tombstoneAgeMs: -1_000 });
  });
  afterEach(() => repos.dispose());

  const openStream = async () => openNatsStream(await repos.link(), recordStream(repos.layout.name, 0));

  async function subjects(): Promise<string[]> {
    const { state } = await (await openStream()).info(">");
    const prefix = recordSubjects(repos.layout.name, 0);
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  async function floor(): Promise<{ floor: number; swept: number }> {
    const message = await (await openStream()).last(`${recordSubjects(repos.layout.name, 0)}floor`);
    return JSON.parse(Buffer.from(message!.data).toString());
  }

  async function insertAndRemove(users: readonly string[]): Promise<void> {
    for (const user of users) {
      const download = sampleDownload(user);
      assert.ok(await repo.slots.remove(keyOf(download), (await repo.slots.insert(download))!));
    }
  }

  test("removes old ones, keeps records, and frees the keys, whose versions keep growing", async () => {
    const kept: Download = sampleDownload("kept");
    const version = await repo.slots.insert(kept);
    await insertAndRemove(["ann", "bob"]);
    assert.equal(await repo.sweepTombstones(), 2);
    assert.deepEqual((await subjects()).sort(), ["floor", keyOf(kept)].sort());
    assert.deepEqual(await repo.slots.fetch(keyOf(kept)), { key: keyOf(kept), version, download: kept });
    assert.deepEqual(await repo.slots.list("ann"), []);
    const again = await repo.slots.insert(sampleDownload("ann"));
    assert.ok(again! > version!);
    assert.equal(await repo.sweepTombstones(), 0);
  });

  test("keeps recent ones", async () => {
    await insertAndRemove(["ann"]);
    const patient = await repos.open({ tombstoneAgeMs: 60_000 });
    assert.equal(await patient.sweepTombstones(), 0);
    assert.deepEqual(await subjects(), [keyOf(sampleDownload("ann"))]);
  });

  test("by several nodes at once, repeatedly, removes each one, and the floor never falls", async () => {
    const sweepers = await Promise.all([1, 2, 3].map(() => repos.open({ tombstoneAgeMs: -1_000 })));
    let before = 0;
    for (let round = 0; round < 5; round += 1) {
      await insertAndRemove([`a-${round}`, `b-${round}`, `c-${round}`]);
      await Promise.all([repo, ...sweepers].map((each) => each.sweepTombstones()));
      const { floor: now } = await floor();
      assert.ok(now >= before);
      before = now;
    }
    await repo.sweepTombstones();
    assert.deepEqual(await subjects(), ["floor"]);
  });

  test("removes what an earlier sweep left behind when it crashed", async () => {
    await insertAndRemove(["ann", "bob"]);
    const stream = await openStream();
    const subject = `${recordSubjects(repos.layout.name, 0)}floor`;
    await stream.publish(subject, JSON.stringify({ floor: 4, swept: 0 }));
    assert.equal(await repo.sweepTombstones(), 2);
    assert.deepEqual(await subjects(), ["floor"]);
    assert.equal((await floor()).floor, 4);
  });

  test("watchers opened before and after it see the same, and are not disturbed", async () => {
    const watching = new Watching(repo.slots);
    await watching.synced();
    await repo.slots.insert(sampleDownload("kept"));
    await insertAndRemove(["ann", "bob"]);
    await repo.sweepTombstones();
    const later = new Watching(repo.slots);
    await later.synced();
    await repo.slots.insert(sampleDownload("last"));
    for (const each of [watching, later]) {
      await each.until(({ records }) => records.has(keyOf(sampleDownload("last"))));
      assert.equal(each.records.size, 2);
      assert.equal(each.events.filter(({ type }) => type === "begin").length, 1);
    }
  });

  test("is done by an open repo automatically, unless another has just done it", async () => {
    const { clock, timers } = clockByHand();
    const open = await repos.open({ clock, tombstoneAgeMs: -1_000 });
    await insertAndRemove(["ann"]);
    timers[0]!.callback();
    await eventually("the sweep", async () => (await subjects()).join() === "floor");
    await insertAndRemove(["bob"]);
    await eventually("the next turn", async () => timers.length === 2);
    timers[1]!.callback();
    await eventually("the turn after", async () => timers.length === 3);
    assert.equal((await subjects()).length, 2);
    for (const { ms } of timers) assert.ok(ms >= 300_000 && ms < 900_000);
    await open.close();
    assert.ok(timers[2]!.cancelled);
  });

  test("is not done by an observer", async () => {
    const { clock, timers } = clockByHand();
    await repos.open({ clock, sweeps: false });
    assert.deepEqual(timers, []);
  });

  test("does not block concurrent inserts: their keys are free", async () => {
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    await insertAndRemove(users);
    const [removed, versions] = await Promise.all([
      repo.sweepTombstones(),
      Promise.all(users.map((user) => repo.slots.insert(sampleDownload(user)))),
    ]);
    assert.ok(removed <= users.length);
    assert.ok(versions.every((version) => version !== null));
    for (const [index, user] of users.entries()) {
      assert.equal((await repo.slots.list(user))[0]?.version, versions[index]);
    }
  });
});
