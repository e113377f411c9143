import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { errors } from "@nats-io/transport-node";
import { systemClock } from "../../../src/clock/system.ts";
import { Chunks } from "../../../src/engines/nats/files/chunks.ts";
import { FilePatience } from "../../../src/engines/nats/files/file-patience.ts";
import { PartSubjects } from "../../../src/engines/nats/files/file-subjects.ts";
import { type Manifest, Manifests } from "../../../src/engines/nats/files/manifests.ts";
import { filesSubjects } from "../../../src/engines/nats/jetstream/layout.ts";
import { NatsStream } from "../../../src/engines/nats/jetstream/stream.ts";
import { type NatsFileCluster, natsFileCluster } from "../../support/nats-files.ts";
import { NatsServers } from "../../support/nats-servers.ts";

let servers: NatsServers;
let cluster: NatsFileCluster;
before(async () => {
  servers = await NatsServers.start({ count: 1 });
  cluster = await natsFileCluster(servers, 1);
});
after(async () => {
  await cluster?.dispose();
  await servers?.stop();
});

/** A stream with injected failures: each method may be overridden, and reach the real one through `super`. */
async function over(make: (...args: ConstructorParameters<typeof NatsStream>) => NatsStream) {
  const { link, name, stream } = cluster;
  const faulty = make(link, stream.name, await link.manager());
  const subjects = new PartSubjects(filesSubjects(name));
  const patience = new FilePatience(link, systemClock);
  return {
    manifests: new Manifests(faulty, subjects, patience, systemClock),
    chunks: new Chunks(faulty, subjects, patience, systemClock),
  };
}

function manifest(version: string, size = 3): Manifest {
  return { version: `10-3-${version}`, size, chunkSize: 1_024 };
}

const plain = () => over((...args) => new NatsStream(...args));

test("while the leader is silent, manifests and chunks are read from a replica", async () => {
  class Leaderless extends NatsStream {
    override async last(): Promise<never> {
      throw new errors.TimeoutError();
    }
  }
  const { manifests, chunks } = await over((...args) => new Leaderless(...args));
  await (await plain()).manifests.write("silent", manifest("v"));
  await chunks.store("silent", manifest("v"), new Uint8Array([1, 2, 3]));
  assert.deepEqual(await manifests.read("silent"), manifest("v"));
  assert.deepEqual([...(await chunks.fetch("silent", manifest("v"), 0))], [1, 2, 3]);
});

test("a read does not wait for a leader that never answers", async () => {
  class Hanging extends NatsStream {
    override last(): Promise<never> {
      return new Promise(() => {});
    }
  }
  const { manifests } = await over((...args) => new Hanging(...args));
  await (await plain()).manifests.write("hanging", manifest("v"));
  assert.deepEqual(await manifests.read("hanging"), manifest("v"));
});

test("data that a replica does not have yet is read from the leader", async () => {
  class Lagging extends NatsStream {
    override async lastAnywhere(): Promise<null> {
      return null;
    }
  }
  const { manifests, chunks } = await over((...args) => new Lagging(...args));
  await chunks.store("lagging", manifest("v"), new Uint8Array([1, 2, 3]));
  await manifests.write("lagging", manifest("v"));
  assert.deepEqual(await manifests.read("lagging"), manifest("v"));
  assert.deepEqual([...(await chunks.fetch("lagging", manifest("v"), 0))], [1, 2, 3]);
  assert.equal(await manifests.read("nothing"), null);
  await assert.rejects(chunks.fetch("lagging", manifest("w"), 0), { code: "missing-part" });
});

test("a manifest missing on a lagging replica proves nothing while the leader is silent", async () => {
  let silences = 3;
  class Both extends NatsStream {
    override async lastAnywhere(): Promise<null> {
      return null;
    }
    override async last(subject: string) {
      silences -= 1;
      if (silences >= 0) throw new errors.TimeoutError();
      return await super.last(subject);
    }
  }
  await (await plain()).manifests.write("both", manifest("v"));
  const { manifests } = await over((...args) => new Both(...args));
  assert.deepEqual(await manifests.read("both"), manifest("v"));
  assert.equal(silences, -1);
});

test("a manifest missing on the leader is believed only if the leader can still write", async () => {
  const subjects = new PartSubjects(filesSubjects(cluster.name));
  class Deposed extends NatsStream {
    isDeposed = true;
    override async last(subject: string) {
      return this.isDeposed ? null : await super.last(subject);
    }
    override async lastAnywhere(): Promise<null> {
      return null;
    }
    override async publish(...args: Parameters<NatsStream["publish"]>): Promise<number> {
      assert.equal(args[0], subjects.probe);
      this.isDeposed = false;
      throw new errors.TimeoutError();
    }
  }
  const { manifests, chunks } = await plain();
  await chunks.store("deposed", manifest("v"), new Uint8Array([1, 2, 3]));
  await manifests.write("deposed", manifest("v"));
  const first = await over((...args) => new Deposed(...args));
  assert.deepEqual(await first.manifests.read("deposed"), manifest("v"));
  const second = await over((...args) => new Deposed(...args));
  assert.deepEqual([...(await second.chunks.fetch("deposed", manifest("v"), 0))], [1, 2, 3]);
});

test("a write whose acknowledgement is lost is recognised as done", async () => {
  let lost = 2;
  class Losing extends NatsStream {
    override async publish(...args: Parameters<NatsStream["publish"]>) {
      const sequence = await super.publish(...args);
      lost -= 1;
      if (lost >= 0) throw new errors.TimeoutError();
      return sequence;
    }
  }
  const { manifests } = await over((...args) => new Losing(...args));
  assert.equal(await manifests.write("lost", manifest("v1")), null);
  assert.deepEqual(await manifests.write("lost", manifest("v2")), manifest("v1"));
  assert.deepEqual(await manifests.read("lost"), manifest("v2"));
});

test("a write that may have been applied and then replaced counts as superseded", async () => {
  const other = await plain();
  class Overtaken extends NatsStream {
    override async publish(...args: Parameters<NatsStream["publish"]>): Promise<never> {
      await super.publish(...args);
      assert.deepEqual(await other.manifests.write("raced", manifest("theirs")), manifest("ours"));
      throw new errors.TimeoutError();
    }
  }
  const { manifests } = await over((...args) => new Overtaken(...args));
  assert.equal(await manifests.write("raced", manifest("ours")), "superseded");
  assert.deepEqual(await manifests.read("raced"), manifest("theirs"));
});

test("a version of Carryout that knows only chunks refuses a part without", async () => {
  const { manifests } = await plain();
  for (const content of ["x", "", "\n", " "]) {
    const bytes = new TextEncoder().encode(content);
    const small = { ...manifest("v", bytes.length), chunkSize: 0, bytes };
    await manifests.write("small", small);
    assert.deepEqual(await manifests.read("small"), small);
    const stored = await cluster.stream.last(new PartSubjects(filesSubjects(cluster.name)).manifest("small"));
    const parsed = () => JSON.parse(new TextDecoder().decode(stored?.data));
    // It needs JSON with a chunk size.
    if (content.trim() === "") assert.equal(parsed().chunkSize, 0);
    else assert.throws(parsed);
    await cluster.stream.purge(new PartSubjects(filesSubjects(cluster.name)).part("small"));
  }
});

test("an invalid manifest and a chunk of the wrong length are corrupt", async () => {
  const { manifests, chunks } = await plain();
  const prefix = filesSubjects(cluster.name);
  const texts = [
    "",
    "{}",
    "[]",
    '{"version":"v","size":-0.5,"chunkSize":1}',
    '{"version":"v","size":1,"chunkSize":0}',
    '{"version":"v","size":2,"chunkSize":0}\nx',
    '{"version":"v","size":1,"chunkSize":1}\nx',
  ];
  for (const text of texts) {
    await cluster.stream.publish(`${prefix}m.corrupt.=`, text);
    await assert.rejects(manifests.read("corrupt"), { code: "store-corrupt", message: /corrupt/ });
  }
  await chunks.store("corrupt", manifest("v"), new Uint8Array(3));
  await assert.rejects(chunks.fetch("corrupt", manifest("v", 4), 0), { code: "store-corrupt" });
});
