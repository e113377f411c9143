import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as others } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "../../../src/clock/system.ts";
import { MemoryMembers, openMemoryMembership } from "../../../src/engines/memory/memory-membership.ts";
import { openMemoryRepo } from "../../../src/engines/memory/memory-repo.ts";
import { MemoryStore } from "../../../src/engines/memory/memory-store.ts";
import { filesSubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import { fileStoreContract } from "../../../src/ports/contracts/file-store-contract.ts";
import type { FileStore } from "../../../src/ports/file-store.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { RunningTime } from "../../../src/tracker/running-time.ts";
import { DEFAULT_SETTINGS } from "../../../src/tracker/settings.ts";
import { Sweeper } from "../../../src/tracker/sweeper.ts";
import { natsFileCluster } from "../../support/nats-files.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

const MIB = 1024 * 1024;

let servers: NatsServers;
before(async () => {
  servers = await NatsServers.start({ count: 1 });
});
after(() => servers?.stop());

fileStoreContract("nats, one server", () => natsFileCluster(servers, 1));

test("nats: a slow reader of 64 MiB uses less than 20 MB", async () => {
  const cluster = await natsFileCluster(servers, 1);
  try {
    const store = await cluster.open();
    await store.put("a/part", new Uint8Array(64 * MIB));
    const before = heldBytes();
    let [most, position] = [0, 0];
    for await (const { length } of store.get("a/part")) {
      position += length;
      // Everything that can arrive meanwhile has arrived: the reader is slower than the network.
      await systemClock.sleep(2);
      if (position % (4 * MIB) === 0) most = Math.max(most, heldBytes() - before);
    }
    assert.equal(position, 64 * MIB);
    assert.ok(most < 20_000_000, `${most} bytes were held`);
  } finally {
    await cluster.dispose();
  }
});

test("nats: removing a part ends its reader after the bytes already fetched", async () => {
  const cluster = await natsFileCluster(servers, 1);
  try {
    const [one, two] = [await cluster.open(), await cluster.open()];
    await one.put("a/part", new Uint8Array(16 * MIB));
    const reader = one.get("a/part")[Symbol.asyncIterator]();
    await reader.next();
    await two.remove("a/");
    let pieces = 1;
    await assert.rejects(
      async () => {
        for (let next = await reader.next(); !next.done; next = await reader.next()) pieces += 1;
      },
      { code: "missing-part", retriable: false },
    );
    assert.ok(pieces <= 2 * 5, `${pieces} pieces`);
  } finally {
    await cluster.dispose();
  }
});

test("nats: a part overwritten while it is read is returned whole, old or new, or fails", async () => {
  const cluster = await natsFileCluster(servers, 1);
  try {
    const [one, two] = [await cluster.open(), await cluster.open()];
    const put = (round: number) => one.put("a/part", new Uint8Array(3 * MIB + round).fill(round));
    await put(1);
    let [whole, failed, stop] = [0, 0, false];
    const readers = [0, 1, 2].map(async () => {
      while (!stop) {
        try {
          const bytes = await read(two, "a/part");
          const round = bytes[0]!;
          assert.ok(Buffer.compare(bytes, new Uint8Array(3 * MIB + round).fill(round)) === 0);
          whole += 1;
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "missing-part");
          failed += 1;
        }
      }
    });
    for (let round = 2; round < 16; round += 1) await put(round);
    stop = true;
    await Promise.all(readers);
    assert.ok(whole > 0, `${whole} whole, ${failed} failed`);
    assert.equal(await cluster.messages(), 7 + 1, "chunks and manifest, nothing of the others");
  } finally {
    await cluster.dispose();
  }
});

test("nats: leftovers of a killed put can't be read, are listed, and are removed by the sweeper", async () => {
  const cluster = await natsFileCluster(servers, 1);
  try {
    const store = await cluster.open();
    const key = "0123456789abcdefghijkl/1/00000000";
    const since = Date.now();
    const subscription = cluster.link.nats.subscribe(`${filesSubjects(cluster.name)}3.>`, { max: 1 });
    await cluster.link.nats.flush();
    const program = fileURLToPath(new URL("../../support/nats-put.ts", import.meta.url));
    const child = spawn(process.execPath, [
      program,
      servers.addresses[0]!,
      cluster.name,
      key,
      String(512 * MIB),
    ]);
    const exited = once(child, "exit");
    for await (const _ of subscription) child.kill("SIGKILL");
    const [, signal] = await exited;
    assert.equal(signal, "SIGKILL");

    await assert.rejects(read(store, key), { code: "missing-part" });
    const [orphan, ...more] = await all(store.list(""));
    assert.deepEqual([orphan?.key, more], [key, []]);
    assert.ok(orphan!.modifiedAt >= since && orphan!.modifiedAt <= Date.now());
    assert.ok((await cluster.messages()) > 1);

    const swept = await (await sweeperOf(store)).sweep();
    assert.deepEqual(swept, { expired: 0, works: 0, parts: 1 });
    assert.deepEqual(await all(store.list("")), []);
    await eventually("empty stream", async () => (await cluster.messages()) === 0);
  } finally {
    await cluster.dispose();
  }
});

test("nats: a part put again over leftovers of a broken put is whole, and listed once", async () => {
  const cluster = await natsFileCluster(servers, 1);
  try {
    const store = await cluster.open();
    const prefix = filesSubjects(cluster.name);
    await cluster.stream.publish(`${prefix}0.a/.part.10-zz-broken`, "half");
    assert.deepEqual(await all(store.list("a/")), [{ key: "a/part", size: 35 * 36 + 35, modifiedAt: 36 }]);
    await store.put("a/part", new Uint8Array([1, 2, 3]));
    assert.deepEqual([...(await read(store, "a/part"))], [1, 2, 3]);
    const [listed, ...more] = await all(store.list("a/"));
    assert.deepEqual([listed?.key, listed?.size, more], ["a/part", 3, []]);
    await store.remove("a/pa");
    assert.equal(await cluster.messages(), 0);
  } finally {
    await cluster.dispose();
  }
});

test("nats: a small part is one message, also over a large one and under it; earlier ones had two", async () => {
  const cluster = await natsFileCluster(servers, 1);
  try {
    const [store, other] = [await cluster.open(), await cluster.open()];
    const contents = [0, 1, 20_000, 16_384, 16_385, 600_000, 3, 16_384].map((size, number) =>
      new Uint8Array(size).map((_, index) => (10 + number + index) % 251),
    );
    for (const content of contents) {
      await store.put("a/part", content);
      assert.ok(Buffer.compare(await read(other, "a/part"), content) === 0);
      const listed = await all(other.list("a/"));
      assert.deepEqual(
        listed.map(({ key, size }) => [key, size]),
        [["a/part", content.length]],
      );
      const chunks = content.length <= 16_384 ? 0 : Math.ceil(content.length / (512 * 1024));
      assert.equal(await cluster.messages(), 1 + chunks, `of ${content.length} bytes`);
    }
    const some = await all(other.get("a/part", { start: 100, end: 16_383 }));
    assert.ok(Buffer.compare(Buffer.concat(some), contents.at(-1)!.subarray(100)) === 0);
    await assert.rejects(all(other.get("a/part", { start: 0, end: 16_384 })), { code: "missing-part" });

    const prefix = filesSubjects(cluster.name);
    const version = "100-3-earlier";
    await cluster.stream.publish(`${prefix}0.a/.old.${version}`, "abc");
    await cluster.stream.publish(
      `${prefix}m.a/.old.=`,
      JSON.stringify({ version, size: 3, chunkSize: 524_288 }),
    );
    assert.equal((await read(other, "a/old")).toString(), "abc");
    assert.deepEqual(
      (await all(other.list("a/o"))).map(({ size }) => size),
      [3],
    );
    await store.put("a/old", Buffer.from("\n"));
    assert.equal((await read(other, "a/old")).toString(), "\n");
    await store.remove("a/o");
    assert.equal(await cluster.messages(), 1);
    await store.remove("a/");
    assert.equal(await cluster.messages(), 0);
  } finally {
    await cluster.dispose();
  }
});

test("nats: closing ends active readers and writers", async () => {
  const frozen = await NatsServers.start({ count: 1 });
  const cluster = await natsFileCluster(frozen, 1);
  try {
    const store = await cluster.open();
    await store.put("a/part", new Uint8Array(16 * MIB));
    const [slow, waiting] = [0, 1].map(() => store.get("a/part")[Symbol.asyncIterator]());
    await slow!.next();
    await waiting!.next();
    frozen.freeze(0);
    const closed = { code: "closed" };
    const ends = [
      assert.rejects(async () => {
        for (let next = await waiting!.next(); !next.done; next = await waiting!.next());
      }, closed),
      assert.rejects(store.put("a/other", new Uint8Array(16 * MIB)), closed),
      assert.rejects(read(store, "a/part"), closed),
      assert.rejects(all(store.list("")), closed),
      assert.rejects(store.remove("a/"), closed),
    ];
    await others();
    await store.close();
    await Promise.all(ends);
    await assert.rejects(async () => await slow!.next(), closed);
  } finally {
    frozen.thaw(0);
    await cluster.dispose();
    await frozen.stop();
  }
});

test("nats: a server with a low message size limit gets smaller chunks", async () => {
  const small = await NatsServers.start({ count: 1, config: "max_payload: 131072" });
  const cluster = await natsFileCluster(small, 1);
  try {
    const store = await cluster.open();
    const content = new Uint8Array(MIB).map((_, index) => index % 251);
    const longest = `${"k".repeat(127)}/${"v".repeat(127)}`;
    await store.put(longest, content);
    assert.ok(Buffer.compare(await read(store, longest), content) === 0);
    const range = await all(store.get(longest, { start: 130_000, end: 300_000 }));
    assert.ok(Buffer.compare(Buffer.concat(range), content.subarray(130_000, 300_001)) === 0);
    assert.equal(await cluster.messages(), 10);
  } finally {
    await cluster.dispose();
    await small.stop();
  }
});

test("nats: without space a put fails at once and says why, and stored parts stay", async () => {
  const dir = await mkdtemp(join(tmpdir(), "carryout-nats-"));
  const config = `jetstream { store_dir: "${join(dir, "nats-1")}", max_file: 20MB }`;
  const full = await NatsServers.start({ count: 1, dir, config });
  const cluster = await natsFileCluster(full, 1);
  try {
    const store = await cluster.open();
    const content = new Uint8Array(8 * MIB).fill(7);
    await store.put("a/part", content);
    const refused = { code: "unavailable", retriable: true, message: /storage is full/ };
    await assert.rejects(store.put("b/part", new Uint8Array(16 * MIB)), refused);
    assert.ok(Buffer.compare(await read(store, "a/part"), content) === 0);
    assert.equal(store.trouble?.()?.isFull, true);
    assert.equal((await all(store.list(""))).length, 1, "half a part does not take the room that is left");
    await store.remove("a/");
    await store.put("b/part", content);
    const limits = { max_bytes: 10 * MIB };
    await (await cluster.link.manager()).streams.update(cluster.stream.name, limits);
    await assert.rejects(store.put("c/part", content), {
      code: "unavailable",
      message: /the stream is full/,
    });
    assert.ok(Buffer.compare(await read(store, "b/part"), content) === 0);
  } finally {
    await cluster.dispose();
    await full.stop();
    await rm(dir, { recursive: true, force: true });
  }
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heldBytes(): number {
  collect();
  // Buffers are released in the background, which the next collection waits for.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function sweeperOf(files: FileStore): Promise<Sweeper> {
  return new Sweeper({
    self: "a/1",
    repo: openMemoryRepo(new MemoryStore()),
    files,
    membership: await openMemoryMembership(
      { clock: systemClock, log: silentLog, leaseMs: 1_000 },
      new MemoryMembers(),
    ),
    clock: systemClock,
    running: new RunningTime(systemClock),
    log: silentLog,
    settings: DEFAULT_SETTINGS,
    unfinished: { ofId: () => undefined },
    isFull: () => false,
  });
}

async function read(store: FileStore, key: string): Promise<Uint8Array> {
  return Buffer.concat(await all(store.get(key)));
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
