import assert from "node:assert/strict";
import { once } from "node:events";
import { after, afterEach, before, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import type { LifelineChoice } from "../../../src/engines/lifeline/own-lifeline.ts";
import { eventOf, seen } from "../../../src/ports/contracts/membership-contract.ts";
import { changes, watching } from "../../support/member-processes.ts";
import { NatsMembers } from "../../support/nats-members.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

const LEASE_MS = 1_500;

describe("NATS membership when servers fail", () => {
  let servers: NatsServers;
  let members: NatsMembers;
  before(async () => {
    servers = await NatsServers.start({ count: 3 });
  });
  after(() => servers.stop());
  afterEach(() => members.close());

  /** Two members in this process and one in another, each on a different server, all seeing each other. */
  const begin = async (leaseMs = LEASE_MS, lifeline: LifelineChoice = {}) => {
    members = new NatsMembers(servers, { leaseMs, lifeline });
    const here = await members.join("here", 0);
    const other = await members.join("other", 1);
    const third = await members.spawn("third", 2);
    for (const { membership } of [here, other]) {
      for (const { node } of [here, other, third]) await seen(membership, node);
    }
    return { here, other, third };
  };
  const all = [0, 1, 2];

  for (const lifeline of [{}, "off"] as const) {
    test(`killing a server makes no member look dead, lifelines ${lifeline === "off" ? "off" : "on"}`, async () => {
      const { here, other } = await begin(3_000, lifeline);
      const heard = [here, other].map(changes);
      await servers.kill(1);
      await eventually("on another server", async () => other.link.cutOffMs() === null);
      await clock.sleep(3_000);
      servers.launch(1);
      await servers.ready();
      assert.deepEqual(heard, [[], []]);
    });
  }

  test("a hanging server makes no member look dead within the usual lease", async () => {
    const { here, other } = await begin(3_000);
    const heard = [here, other].map(changes);
    const hung = servers.addresses.indexOf(other.link.nats.getServer());
    const left = new Promise<void>((resolve) => void other.link.onLost(resolve));
    servers.freeze(hung);
    try {
      await left;
      await eventually("on another server", async () => other.link.cutOffMs() === null);
      await clock.sleep(3_000);
      assert.notEqual(servers.addresses.indexOf(other.link.nats.getServer()), hung);
    } finally {
      servers.thaw(hung);
    }
    await servers.ready();
    assert.deepEqual(heard, [[], []]);
  });

  test("with all servers frozen no lease expires, and afterwards all leases restart", async () => {
    const { here, other } = await begin();
    const heard = [here, other].map(changes);
    for (const index of all) servers.freeze(index);
    await clock.sleep(2 * LEASE_MS);
    for (const index of all) servers.thaw(index);
    await servers.ready();
    for (const { link } of [here, other]) await eventually("connected", async () => link.cutOffMs() === null);
    await clock.sleep(LEASE_MS);
    assert.deepEqual(heard, [[], []]);
  });

  test("with all servers down no lease expires; when they are back, no member stays lost", async () => {
    const { here, other } = await begin();
    const heard = [here, other].map(changes);
    for (const index of all) await servers.kill(index);
    await clock.sleep(2 * LEASE_MS);
    assert.deepEqual(heard, [[], []]);
    for (const index of all) servers.launch(index);
    await servers.ready();
    await eventually("all are back", async () =>
      [here, other].every(({ membership }) => membership.members().length === 3),
    );
  });

  test("a process killed while all servers are down is gone when they are back", async () => {
    const { here, third } = await begin(3_600_000);
    await watching(here, 2);
    for (const index of all) await servers.kill(index);
    await eventually("disconnected", async () => here.link.cutOffMs() !== null);
    third.child.kill("SIGKILL");
    await once(third.child, "exit");
    const left = eventOf(here.membership, "left", third.node);
    for (const index of all) servers.launch(index);
    await servers.ready();
    assert.equal((await left).certain, true);
  });
});
