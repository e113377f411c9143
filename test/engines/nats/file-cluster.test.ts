import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileStoreContract } from "../../../src/ports/contracts/file-store-contract.ts";
import type { FileStore } from "../../../src/ports/file-store.ts";
import { type NatsFileCluster, natsFileCluster } from "../../support/nats-files.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

const BYTES = 1_300_000;

let servers: NatsServers;
before(async () => {
  servers = await NatsServers.start({ count: 3 });
});
after(() => servers?.stop());

fileStoreContract("nats, three servers", () => natsFileCluster(servers, 3));

/** The faults that a test may inject; all are undone after the test. */
class Faults {
  readonly cluster: NatsFileCluster;
  readonly #killed = new Set<number>();
  readonly #frozen = new Set<number>();

  constructor(cluster: NatsFileCluster) {
    this.cluster = cluster;
  }

  /** The server that leads the stream of files. */
  async leader(): Promise<number> {
    return await eventually("a leader of the files", async () => {
      const { cluster } = await this.cluster.stream.info();
      const index = servers.names.indexOf(cluster?.leader ?? "");
      return index >= 0 && cluster?.replicas?.every(({ current }) => current) ? { index } : null;
    }).then(({ index }) => index);
  }

  async kill(index: number): Promise<void> {
    await servers.kill(index);
    this.#killed.add(index);
  }

  freeze(index: number): void {
    servers.freeze(index);
    this.#frozen.add(index);
  }

  async undo(): Promise<void> {
    for (const index of this.#frozen) servers.thaw(index);
    for (const index of this.#killed) servers.launch(index);
    this.#frozen.clear();
    this.#killed.clear();
    await servers.ready();
  }
}

function faultTest(name: string, run: (faults: Faults, cluster: NatsFileCluster) => Promise<void>): void {
  test(`nats, three servers: ${name}`, async () => {
    const cluster = await natsFileCluster(servers, 3);
    const faults = new Faults(cluster);
    try {
      await run(faults, cluster);
    } finally {
      await faults.undo();
      await faults.leader();
      await cluster.dispose();
    }
  });
}

faultTest("puts wait for a new leader while gets continue", async (faults, cluster) => {
  const [writer, reader] = [await cluster.open(), await cluster.open()];
  const acknowledged: number[] = [];
  let [number, refused, stop] = [0, 0, false];
  const put = async () => {
    number += 1;
    const round = number;
    try {
      await writer.put(`a/${round}`, contentOf(round));
      acknowledged.push(round);
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, "unavailable");
      refused += 1;
    }
  };
  await put();
  const gets = (async () => {
    let count = 0;
    for (; !stop; count += 1) {
      const round = acknowledged.at(-1 - (count % Math.min(5, acknowledged.length)))!;
      await assertWhole(reader, round);
    }
    return count;
  })();
  for (let round = 0; round < 5; round += 1) await put();
  await faults.kill(await faults.leader());
  const before = acknowledged.length;
  while (acknowledged.length < before + 10) await put();
  stop = true;
  assert.ok((await gets) > 0);
  assert.ok(refused <= 2, `${refused} puts were refused: the patience is longer than most elections`);
  for (const round of acknowledged) await assertWhole(reader, round);
  const keys: string[] = [];
  for await (const { key } of reader.list("a/")) keys.push(key);
  assert.deepEqual(keys.sort(), acknowledged.map((round) => `a/${round}`).sort());
});

faultTest("without a majority gets continue, and a put waits for one", async (faults, cluster) => {
  const store = await cluster.open();
  await store.put("a/1", contentOf(1));
  const leader = await faults.leader();
  await faults.kill(leader);
  await faults.kill((leader + 1) % 3);
  await assertWhole(store, 1);
  const putting = soon(() => store.put("a/2", contentOf(2)));
  await assertWhole(store, 1);
  await faults.undo();
  await putting;
  await assertWhole(store, 2);
});

faultTest("a replica that was down during a put serves the part later", async (faults, cluster) => {
  const store = await cluster.open();
  const leader = await faults.leader();
  for (const away of [(leader + 1) % 3, (leader + 2) % 3]) {
    const there = await cluster.open([servers.addresses[away]!]);
    await store.put("a/1", contentOf(1));
    await faults.kill(away);
    for (let round = 1; round <= 10; round += 1) await soon(() => store.put(`a/${round}`, contentOf(round)));
    await faults.undo();
    for (let round = 10; round >= 1; round -= 1) await soon(() => assertWhole(there, round));
    await store.remove("a/");
    await faults.leader();
  }
});

faultTest("a leader that was frozen during a put serves the part later", async (faults, cluster) => {
  const leader = await faults.leader();
  const others = servers.addresses.filter((_, index) => index !== leader);
  const [store, there] = [await cluster.open(others), await cluster.open([servers.addresses[leader]!])];
  await there.put("a/0", contentOf(0));
  faults.freeze(leader);
  for (let round = 1; round <= 5; round += 1) await soon(() => store.put(`a/${round}`, contentOf(round)));
  await faults.undo();
  for (let round = 5; round >= 0; round -= 1) await soon(() => assertWhole(there, round));
});

function contentOf(round: number): Uint8Array {
  return new Uint8Array(BYTES + round).fill(round);
}

async function assertWhole(store: FileStore, round: number): Promise<void> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.get(`a/${round}`)) pieces.push(piece);
  assert.ok(Buffer.compare(Buffer.concat(pieces), contentOf(round)) === 0, `part ${round}`);
}

/** Retries calls that fail as unavailable, the only error that a node may get here. */
async function soon<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, "unavailable", String(error));
    }
  }
}
