import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import type { StreamConfig } from "@nats-io/jetstream";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { type NatsLink, openNatsLink } from "../../../src/engines/nats/jetstream/connection.ts";
import { openStreams, type StreamsOptions } from "../../../src/engines/nats/jetstream/streams.ts";
import { type Log, silentLog } from "../../../src/telemetry/log.ts";
import { NatsServers } from "../../support/nats-servers.ts";

const links: NatsLink[] = [];
after(() => Promise.all(links.map((link) => link.close())));

async function linkTo(servers: string[], more: { user?: string; pass?: string } = {}): Promise<NatsLink> {
  const connection = { servers, ...more };
  const link = await openNatsLink({ connection, name: "streams", clock, log: silentLog });
  links.push(link);
  return link;
}

const defaults = {
  recordStreams: null,
  replicas: null,
  filesBytes: null,
  serversNamed: 1,
  clock,
  log: silentLog,
};

describe("streams on one server", () => {
  let servers: NatsServers;
  let link: NatsLink;
  const open = (name: string, options: Partial<StreamsOptions> = {}) =>
    openStreams(link, { ...defaults, name, ...options });
  const configOf = async (stream: string): Promise<StreamConfig> =>
    (await (await link.manager()).streams.info(stream)).config;
  const change = async (stream: string, changed: Partial<StreamConfig>) =>
    await (await link.manager()).streams.update(stream, changed);

  before(async () => {
    servers = await NatsServers.start();
    link = await linkTo(servers.addresses);
  });
  after(() => servers.stop());

  test("the first node of a cluster decides the number of record streams", async () => {
    assert.deepEqual(await open("begun", { recordStreams: 2 }), { name: "begun", recordStreams: 2 });
    assert.deepEqual(await open("begun"), { name: "begun", recordStreams: 2 });
    await assert.rejects(open("begun", { recordStreams: 5 }), {
      code: "store-unusable",
      message: /streams=5.*created with 2/,
    });
    const { num_replicas, discard, republish } = await configOf("KV_begun-records-1");
    assert.deepEqual({ num_replicas, discard }, { num_replicas: 1, discard: "new" });
    assert.deepEqual(republish, { src: "$KV.begun-records-1.>", dest: "begun.live.1.>" });
    assert.equal((await configOf("begun-files")).subjects[0], "begun.files.>");
  });

  test("the storage limit for files is set by the first node, and kept", async () => {
    await open("roomy", { filesBytes: 64e6 });
    assert.equal((await configOf("roomy-files")).max_bytes, 64e6);
    assert.equal((await configOf("KV_roomy-records-0")).max_bytes, -1);
    const warnings: unknown[] = [];
    const log: Log = { ...silentLog, warn: (fields) => warnings.push(fields) };
    await open("roomy", { filesBytes: 64e6, log });
    await open("roomy", { log });
    assert.deepEqual(warnings, []);
    await open("roomy", { filesBytes: 128e6, log });
    assert.deepEqual(warnings, [{ stream: "roomy-files", found: 64e6, asked: 128e6 }]);
    assert.equal((await configOf("roomy-files")).max_bytes, 64e6);
    await assert.rejects(open("too-roomy", { filesBytes: 999e12 }), {
      code: "store-unusable",
      message: /NATS refused the streams of "too-roomy": insufficient storage/,
    });
  });

  test("many nodes that create the same cluster at once agree", async () => {
    const opening = Array.from({ length: 20 }, (_, index) =>
      open("race", { recordStreams: index % 2 === 0 ? 2 : 3 }).catch((error: Error) => error.message),
    );
    const results = await Promise.all(opening);
    const winner = results.find((result) => typeof result !== "string")!;
    for (const result of results) {
      if (typeof result === "string") assert.match(result, /the cluster "race" was created with/);
      else assert.deepEqual(result, winner);
    }
  });

  test("a half-created cluster is completed", async () => {
    await open("half");
    await (await link.manager()).streams.delete("KV_half-records-2");
    await (await link.manager()).streams.delete("half-files");
    await open("half");
    assert.equal((await configOf("KV_half-records-2")).max_msgs_per_subject, 1);
    assert.equal((await configOf("half-files")).discard, "new");
  });

  test("all differences are reported together, and nothing is changed", async () => {
    await open("odd", { recordStreams: 2 });
    await change("KV_odd-records-0", { max_age: 60_000_000_000, republish: { src: ">", dest: "other.>" } });
    await change("odd-files", { allow_direct: false, subjects: ["odd.files.>", "more"] });
    const before = await configOf("KV_odd-records-0");
    await assert.rejects(open("odd"), (error: Error & { code: string }) => {
      assert.equal(error.code, "store-unusable");
      for (const expected of [
        /KV_odd-records-0: max_age is 60000000000, expected 0/,
        /KV_odd-records-0: republish is > → other\.>, expected \$KV\.odd-records-0\.> → odd\.live\.0\.>/,
        /odd-files: allow_direct is false, expected true/,
        /odd-files: subjects is \["more","odd\.files\.>"\]/,
      ])
        assert.match(error.message, expected);
      return true;
    });
    assert.deepEqual(await configOf("KV_odd-records-0"), before);
  });

  test("a foreign stream of the same name is refused", async () => {
    const manager = await link.manager();
    await manager.streams.add({ name: "KV_foreign-records-0", subjects: ["$KV.foreign-records-0.>"] });
    await assert.rejects(open("foreign"), { code: "store-unusable", message: /not created by Carryout/ });
    await manager.streams.add({ name: "files-of-others", subjects: ["overlap.files.x"] });
    await assert.rejects(open("overlap"), { code: "store-unusable", message: /overlap/ });
  });

  test("streams of a newer version are refused", async () => {
    await open("newer");
    for (const stream of ["KV_newer-records-1", "newer-work-2", "newer-history-0", "newer-files"]) {
      const { metadata } = await configOf(stream);
      await change(stream, { metadata: { ...metadata, "carryout.schema": "4" } });
      await assert.rejects(open("newer"), {
        code: "store-unusable",
        message: new RegExp(`${stream} has schema 4.*up to ${stream === "newer-files" ? 1 : 3}`),
      });
      await change(stream, { metadata: metadata! });
    }
    await open("newer");
  });

  test("the previous layout is refused with instructions, and nothing is created or changed", async () => {
    const manager = await link.manager();
    await manager.streams.add({
      name: "KV_older-records-0",
      subjects: ["$KV.older-records-0.>"],
      metadata: { "carryout.schema": "2", "carryout.streams": "1" },
    });
    const before = await configOf("KV_older-records-0");
    for (const observer of [false, true]) {
      await assert.rejects(open("older", { observer }), {
        code: "store-unusable",
        message:
          /KV_older-records-0 has schema 2 .*needs 3: choose another cluster name with \?name= .*stream rm/,
      });
    }
    assert.deepEqual(await configOf("KV_older-records-0"), before);
    assert.equal(await manager.streams.find("older.files.x").catch(() => null), null);
  });

  test("ticks are republished by user, checkpoints and the history are not republished", async () => {
    await open("parts", { recordStreams: 1 });
    const { republish, subjects } = await configOf("parts-work-0");
    assert.deepEqual(republish, { src: "parts.work.0.mark.>", dest: "parts.ticks.0.>" });
    assert.deepEqual(subjects, ["parts.work.0.>"]);
    assert.equal((await configOf("parts-history-0")).republish, undefined);
  });

  test("an observer creates nothing", async () => {
    await assert.rejects(open("nobody", { observer: true }), { code: "store-unusable", message: /"nobody"/ });
    assert.equal(await (await link.manager()).streams.find("nobody.files.x").catch(() => null), null);
    await open("somebody", { recordStreams: 1 });
    assert.deepEqual(await open("somebody", { observer: true }), { name: "somebody", recordStreams: 1 });
  });

  test("more replicas than servers are refused, as are servers that are not clustered", async () => {
    await assert.rejects(open("three", { replicas: 3 }), {
      code: "store-unusable",
      message: /3 replicas need 3 nats-servers/,
    });
    await assert.rejects(open("apart", { serversNamed: 3 }), {
      code: "store-unusable",
      message: /names 3 servers.*not in a cluster/,
    });
  });
});

describe("unsuitable servers", () => {
  test("JetStream disabled for the account", async () => {
    const config = "accounts { plain { users = [{ user: plain, password: plain }] } }";
    const servers = await NatsServers.start({ config });
    try {
      const link = await linkTo(servers.addresses, { user: "plain", pass: "plain" });
      await assert.rejects(openStreams(link, { ...defaults, name: "off" }), {
        code: "store-unusable",
        message: /JetStream is disabled/,
      });
    } finally {
      await servers.stop();
    }
  });

  test("JetStream disabled on the server", async () => {
    const servers = await NatsServers.start();
    try {
      await servers.kill(0);
      await servers.configure(0, "jetstream: false");
      servers.launch(0);
      await assert.rejects(openStreams(await linkTo(servers.addresses), { ...defaults, name: "off" }), {
        code: "store-unusable",
        message: /JetStream is disabled/,
      });
    } finally {
      await servers.stop();
    }
  });

  test("a version with broken conditional writes", async () => {
    const server = await pretendServer("2.9.10");
    try {
      const { port } = server.address() as { port: number };
      const link = await linkTo([`127.0.0.1:${port}`]);
      await assert.rejects(openStreams(link, { ...defaults, name: "old" }), {
        code: "store-unusable",
        message: /version 2\.9\.10, but 2\.10\.20 or newer is required/,
      });
    } finally {
      server.close();
    }
  });
});

describe("streams on three servers", () => {
  let servers: NatsServers;
  before(async () => {
    servers = await NatsServers.start({ count: 3 });
  });
  after(() => servers.stop());

  test("everything is stored on three, even if nodes start before the servers have found each other", async () => {
    await Promise.all([0, 1, 2].map((index) => servers.kill(index)));
    for (const index of [0, 1, 2]) servers.launch(index);
    const opening = servers.addresses.map(async (address) =>
      openStreams(await linkTo([address]), { ...defaults, name: "early", serversNamed: 3 }),
    );
    for (const layout of await Promise.all(opening))
      assert.deepEqual(layout, { name: "early", recordStreams: 3 });
    const manager = await (await linkTo(servers.addresses)).manager();
    assert.equal((await manager.streams.info("KV_early-records-2")).config.num_replicas, 3);
  });

  test("the number of servers is discovered when the URL names only one", async () => {
    const link = await linkTo([servers.addresses[0]!]);
    await openStreams(link, { ...defaults, name: "found" });
    const { config } = await (await link.manager()).streams.info("found-files");
    assert.equal(config.num_replicas, 3);
  });

  test("a replica setting that differs from the actual number only causes a warning", async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => lines.push(message) };
    const link = await linkTo(servers.addresses);
    await openStreams(link, { ...defaults, name: "one", replicas: 1 });
    await openStreams(link, { ...defaults, name: "one", replicas: 3, log });
    assert.match(lines.join(), /number of replicas differs/);
  });
});

/** Greets like a server of this version, and answers pings. */
async function pretendServer(version: string): Promise<Server> {
  const info = {
    server_id: "x",
    server_name: "old",
    version,
    proto: 1,
    headers: true,
    max_payload: 1_048_576,
  };
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write(`INFO ${JSON.stringify({ ...info, jetstream: true })}\r\n`);
    socket.on("data", (chunk) => {
      if (chunk.includes("PING\r\n")) socket.write("PONG\r\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
