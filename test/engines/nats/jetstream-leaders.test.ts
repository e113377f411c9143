import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { StreamInfo } from "@nats-io/jetstream";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { VirtualClock } from "../../../src/clock/virtual.testing.ts";
import { type NatsLink, openNatsLink } from "../../../src/engines/nats/jetstream/connection.ts";
import { streamsOf } from "../../../src/engines/nats/jetstream/layout.ts";
import {
  disagreement,
  keepLeadersSpread,
  spreadLeaders,
  unevenness,
} from "../../../src/engines/nats/jetstream/leaders.ts";
import { openStreams } from "../../../src/engines/nats/jetstream/streams.ts";
import { type Log, silentLog } from "../../../src/telemetry/log.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

function led(stream: string, leader: string, ...followers: string[]) {
  const replicas = followers.map((name) => ({ name, current: !name.endsWith("?"), offline: false }));
  return { config: { name: stream }, cluster: { leader, replicas } } as unknown as StreamInfo;
}

test("a leader moves only to a server with at least two fewer, and only to an up-to-date replica", () => {
  const even = [led("0", "a", "b", "c"), led("1", "b", "a", "c"), led("2", "c", "a", "b")];
  assert.equal(unevenness(even), "even");
  assert.deepEqual(unevenness([led("0", "a", "b", "c"), led("1", "a", "b", "c"), led("2", "b", "a", "c")]), {
    stream: "0",
    from: "a",
    to: "c",
  });
  assert.equal(unevenness([led("0", "a", "b?"), led("1", "a", "b?")]), "waiting", "the other catches up");
  assert.equal(unevenness([led("0", "a"), led("1", "a")]), "even", "a single server");
  assert.equal(unevenness([led("0", "", "a"), led("1", "a", "b")]), "waiting", "an election is under way");
  assert.equal(unevenness([led("0", "a", "b"), led("1", "b", "a"), led("2", "a", "b")]), "even");
});

test("work and history are led by the server that leads the slots of the same users", () => {
  const slots = [led("s0", "a", "b", "c"), led("s1", "b", "a", "c")];
  const work = [led("w0", "a", "b", "c"), led("w1", "b", "a", "c")];
  assert.equal(disagreement(slots, [work, work]), "even");
  const moved = [led("h0", "a", "b", "c"), led("h1", "c", "a", "b")];
  assert.deepEqual(disagreement(slots, [work, moved]), [{ stream: "h1", from: "c", to: "b" }]);
  const late = [led("h0", "a", "b", "c"), led("h1", "c", "a", "b?")];
  assert.equal(disagreement(slots, [work, late]), "waiting", "the other catches up");
  const elected = [led("h0", "a", "b", "c"), led("h1", "", "a", "b")];
  assert.equal(disagreement(slots, [elected]), "waiting", "an election is under way");
  assert.equal(disagreement([led("s0", "a")], [[led("w0", "a")]]), "even", "a single server");
});

test("leaders are not moved while elections are going on", async () => {
  const clock = new VirtualClock({ seed: 1 });
  const elected: (() => void)[] = [];
  let looks = 0;
  const manager = {
    streams: {
      async info() {
        looks += 1;
        return led("0", "a", "b", "c");
      },
    },
  };
  const nats = {
    info: { cluster: "test" },
    subscribe: (_subject: string, { callback }: { callback: (error: null) => void }) => {
      elected.push(() => callback(null));
      return { unsubscribe() {} };
    },
  };
  const link = { nats, version: "2.15.1", cutOffMs: () => null, manager: async () => manager };
  const layout = { name: "calm", recordStreams: 2 };
  const stop = keepLeadersSpread({ link: link as unknown as NatsLink, layout, clock, log: silentLog });
  await clock.advance(1_000);
  for (let times = 0; times < 20; times += 1) {
    elected[times % 2]!();
    await clock.advance(2_900);
  }
  assert.equal(looks, 0, "not within the calm after each");
  await clock.advance(1_000_000);
  assert.ok(looks > 0);
  stop();
  const before = looks;
  await clock.advance(1_000_000);
  assert.equal(looks, before);
});

describe("leaders on three servers", () => {
  let servers: NatsServers;
  let link: NatsLink;
  before(async () => {
    servers = await NatsServers.start({ count: 3 });
    link = await openNatsLink({
      connection: { servers: servers.addresses },
      name: "leaders",
      clock,
      log: silentLog,
    });
  });
  after(async () => {
    await link.close();
    await servers.stop();
  });

  test("each leads one of three streams after one server led them all", async () => {
    const name = "spread";
    const sizes = { recordStreams: 3, replicas: 3, filesBytes: null, serversNamed: 3 };
    const options = { name, ...sizes, clock, log: silentLog };
    const layout = await openStreams(link, options);
    const { slots: streams, work, history } = streamsOf(layout);
    const leadersOf = async (names: string[]) => {
      const manager = await link.manager();
      const infos = await Promise.all(names.map((stream) => manager.streams.info(stream)));
      return infos.map(({ cluster }) => cluster?.leader ?? "");
    };
    const leaders = () => leadersOf(streams);
    for (const stream of streams)
      await eventually(`nats-1 leads ${stream}`, async () => {
        const request = JSON.stringify({ placement: { preferred: "nats-1" } });
        await link.nats.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, request);
        return (await leaders())[streams.indexOf(stream)] === "nats-1";
      });
    const moves: string[] = [];
    const log: Log = { ...silentLog, info: (_fields, message) => moves.push(message) };
    await eventually("all lead", async () => {
      await spreadLeaders({ link, layout, clock, log });
      return new Set(await leaders()).size === 3 && (await leaders()).every((leader) => leader !== "");
    });
    assert.ok(moves.length >= 2);
    await eventually(
      "nothing moves any more",
      async () => (await spreadLeaders({ link, layout, clock, log })) === "even",
    );
    assert.deepEqual(await leadersOf(work), await leaders());
    assert.deepEqual(await leadersOf(history), await leaders());

    const stop = keepLeadersSpread({ link, layout, clock, log: silentLog });
    try {
      const name = (await leaders())[0]!;
      const lost = servers.names.indexOf(name);
      await servers.kill(lost);
      await eventually("elected", async () =>
        (await leaders()).every((leader) => leader !== "" && leader !== name),
      );
      servers.launch(lost);
      // Sooner than the regular check: the servers announce elections.
      await eventually("spread again", async () => new Set(await leaders()).size === 3, 40_000);
    } finally {
      stop();
    }
  });
});
