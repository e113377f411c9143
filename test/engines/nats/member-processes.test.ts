import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import type { LifelineChoice } from "../../../src/engines/lifeline/own-lifeline.ts";
import { eventOf, seen, testMember } from "../../../src/ports/contracts/membership-contract.ts";
import { changes, NEVER_MS, testMemberProcesses, watching } from "../../support/member-processes.ts";
import { NatsMembers } from "../../support/nats-members.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually, freePorts } from "../../support/real-cluster.ts";

describe("NATS membership between processes", () => {
  let servers: NatsServers;
  let members: NatsMembers;
  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());
  afterEach(() => members.close());

  const begin = (leaseMs = NEVER_MS, lifeline: LifelineChoice = {}) => {
    members = new NatsMembers(servers, { leaseMs, lifeline });
    return members;
  };

  testMemberProcesses(begin);

  test("a frozen process does not keep a newcomer from joining", async () => {
    begin();
    const { child } = await members.spawn("other");
    child.kill("SIGSTOP");
    const here = await members.join();
    assert.equal(here.membership.standing(here.node), "alive");
  });

  test("an unknown member is looked up, and gone when no server has a connection from it", async () => {
    begin();
    const { membership: here } = await members.open();
    const { node } = await members.spawn("other");
    const gone = eventOf(here, "left", "never/heard-of");
    assert.equal(here.standing("never/heard-of"), "unknown");
    await gone;
    assert.equal(here.standing("never/heard-of"), "gone");
    assert.equal(here.standing(node), "alive");
    assert.equal(here.standing("no node is called so".repeat(1_000)), "unknown");
  });

  test("after all were killed, the next to join need not wait for a lease", async () => {
    begin();
    const { child, node } = await members.spawn("other");
    child.kill("SIGKILL");
    await once(child, "exit");
    const { membership: here } = await members.join();
    const gone = eventOf(here, "left", node);
    assert.equal(here.standing(node), "unknown");
    assert.equal((await gone).certain, false);
    assert.equal(here.standing(node), "gone");
  });

  test("an incarnation already in use is refused", async () => {
    begin();
    const { node } = await members.spawn("other");
    const { membership } = await members.open();
    await assert.rejects(membership.join(testMember("other")), { code: "invalid-request" });
    assert.equal(membership.standing(node), "alive");
  });

  test("a lifeline broken by the network reconnects, and no member is reported gone", async () => {
    begin();
    const port = await freePorts(1);
    await using between = await startProxy("127.0.0.2", port);
    const here = await members.join();
    const other = await members.join("other", 0, { port, addresses: ["127.0.0.2"] });
    await watching(here, 1);
    const heard = changes(here);
    between.cut();
    await eventually("connected again", async () => between.accepted === 2);
    await watching(here, 1);
    const changed = eventOf(here.membership, "changed", other.node);
    await other.membership.update({ capacity: 9 });
    await changed;
    assert.deepEqual(heard, [`${other.node} changed`]);
  });

  test("hostile messages change nothing", async () => {
    begin();
    const here = await members.join();
    const other = await members.join("other");
    await seen(here.membership, other.node);
    const heard = changes(here);
    const messages = [
      "",
      "null",
      "[]",
      "{",
      '{"type":"here"}',
      '{"type":"here","announcement":{"member":{"name":"","incarnation":"x"}}}',
      '{"type":"leave","node":7}',
      JSON.stringify({ type: "died", node: other.node }),
      JSON.stringify({ type: "died", node: here.node }),
      JSON.stringify({ type: "hail", announcement: null, dead: [other.node, 5, null] }),
    ];
    for (const subject of ["news", "hail", `ping.${Buffer.from(here.node).toString("base64url")}`]) {
      for (const message of messages) here.link.nats.publish(`${members.name}.members.${subject}`, message);
    }
    const changed = eventOf(here.membership, "changed", other.node);
    await other.membership.update({ capacity: 5 });
    await changed;
    assert.deepEqual(heard, [`${other.node} changed`]);
    assert.deepEqual(here.membership.members().length, 2);
  });
});

/** A proxy for a port on another loopback address; its connections can be cut. */
async function startProxy(host: string, port: number) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    proxy.accepted += 1;
    const far = connect(port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const each of [near, far]) {
      sockets.add(each);
      each.on("error", () => each.destroy()).on("close", () => sockets.delete(each));
    }
  });
  const proxy = {
    accepted: 0,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      proxy.cut();
    },
  };
  server.listen(port, host);
  await once(server, "listening");
  return proxy;
}
