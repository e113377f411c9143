import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { errors } from "@nats-io/transport-node";
import { NatsServers } from "../../test/support/nats-servers.ts";
import { eventually } from "../../test/support/real-cluster.ts";
import { systemClock as clock } from "../clock/system.ts";
import type { Json } from "../download/json.ts";
import { type NatsLink, openNatsLink } from "../nats/connection.ts";
import { silentLog } from "../telemetry/log.ts";
import { type PubSubCluster, pubsubContract } from "./contract.ts";
import { NatsPubSub } from "./nats.ts";

for (const count of [1, 3]) {
  describe(`on ${count} nats-server${count > 1 ? "s" : ""}`, () => {
    let servers: NatsServers;
    before(async () => {
      servers = await NatsServers.start({ count });
    });
    after(() => servers.stop());

    pubsubContract("nats", async () => openCluster(servers));
  });
}

describe("NATS pubsub", () => {
  let servers: NatsServers;
  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());

  test("clusters of other names hear nothing, and what is no message of ours is ignored", async () => {
    const link = await openLink(servers, 0);
    const [ours, theirs] = [new NatsPubSub(link, "ours"), new NatsPubSub(link, "theirs")];
    const heard: Json[] = [];
    theirs.subscribe("topic", (message) => heard.push(message));
    ours.subscribe("topic", (message) => heard.push(message));
    for (const garbage of ["", "{", "x".repeat(100), JSON.stringify({ a: 1 })]) {
      link.nats.publish(`ours.topics.t${Buffer.from("topic").toString("base64url")}`, garbage);
    }
    ours.broadcast("topic", 1);
    await link.nats.flush();
    assert.deepEqual(heard, [1]);
    await link.close();
    ours.broadcast("topic", 2);
    await ours.close();
  });

  test("what no server would take is lost to others, and nothing is thrown", async () => {
    const link = await openLink(servers, 0);
    const node = new NatsPubSub(link, "large");
    const own = new Promise<Json>((resolve) => node.subscribe("topic", resolve));
    const large = "x".repeat(2 << 20);
    node.broadcast("topic", large);
    assert.equal(await own, large);
    await link.close();
  });

  test("topics of any length are told apart, and harm no connection", async () => {
    const link = await openLink(servers, 0);
    const [one, two] = [new NatsPubSub(link, "long"), new NatsPubSub(link, "long")];
    const heard: Json[] = [];
    const topic = "ü".repeat(10_000);
    for (const each of [topic, `${topic}.`, ""]) two.subscribe(each, (message) => heard.push(message));
    one.broadcast(topic, 1);
    one.broadcast(`${topic}..`, 2);
    one.broadcast("", 3);
    await link.nats.flush();
    assert.deepEqual(heard, [1, 3]);
    await link.close();
  });

  test("while the server is away a node hears itself, and others again when it is back", async () => {
    const lonely = await NatsServers.start();
    const links = [await openLink(lonely, 0), await openLink(lonely, 0)];
    const [one, two] = links.map((link) => new NatsPubSub(link, "away"));
    const heard: Json[] = [];
    one!.subscribe("topic", (message) => heard.push(message));
    await lonely.kill(0);
    for (const link of links) await eventually("cut off", async () => link.cutOffMs() !== null);
    one!.broadcast("topic", "own");
    two!.broadcast("topic", "lost");
    await Promise.resolve();
    assert.deepEqual(heard, ["own"]);
    lonely.launch(0);
    for (const link of links) await eventually("back", async () => link.cutOffMs() === null);
    await links[0]!.nats.flush();
    two!.broadcast("topic", "again");
    await eventually("heard", async () => heard.length > 1);
    assert.deepEqual(heard, ["own", "again"]);
    for (const link of links) await link.close();
    await lonely.stop();
  });
});

function openLink(servers: NatsServers, index: number): Promise<NatsLink> {
  const server = servers.addresses[index % servers.addresses.length]!;
  return openNatsLink({ connection: { servers: server }, name: `node ${index}`, clock, log: silentLog });
}

/** Each node on another server, in turn. */
function openCluster(servers: NatsServers): PubSubCluster {
  const name = clock.id();
  const links: NatsLink[] = [];
  const nodes: NatsPubSub[] = [];
  return {
    open: async () => {
      const link = await openLink(servers, links.length);
      const own = links.push(link) - 1;
      link.nats.subscribe(`${name}.settle.${own}`, {
        callback: (_error, message) => void message.respond(),
      });
      nodes.push(new NatsPubSub(link, name));
      return nodes.at(-1)!;
    },
    settle: async () => {
      for (const link of links) {
        // A question reaches the other's server behind the subscriptions that were made before it.
        for (const other of links.keys()) await ask(link, `${name}.settle.${other}`);
      }
    },
    dispose: async () => {
      for (const node of nodes) await node.close();
      for (const link of links) await link.close();
    },
  };
}

function ask(link: NatsLink, subject: string): Promise<unknown> {
  return eventually(subject, async () => {
    try {
      return await link.nats.request(subject);
    } catch (error) {
      if (error instanceof errors.RequestError && error.isNoResponders()) return null;
      throw error;
    }
  });
}
