import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { silentLog } from "../telemetry/log.ts";
import type { Clock } from "./clock.ts";
import { testMember } from "./contracts/membership-contract.ts";
import {
  type LeasedMembership,
  type MembershipState,
  type MembershipWire,
  openLeasedMembership,
} from "./leased-membership.ts";
import { type Command, type NodeId, nodeIdOf } from "./membership.ts";

const LEASE_MS = 3_000;

/** A clock that is advanced manually, even past timers: these then fire late. */
class HandClock {
  now = 0;
  readonly #timers = new Map<() => void, number>();
  monotonic = () => this.now;
  after = (ms: number, callback: () => void) => {
    this.#timers.set(callback, this.now + ms);
    return () => this.#timers.delete(callback);
  };

  /** Advances in one step, fires due timers, and lets their asynchronous work finish. */
  async jump(ms: number): Promise<void> {
    this.now += ms;
    for (const [callback, due] of [...this.#timers].sort(([, a], [, b]) => a - b)) {
      if (due > this.now || !this.#timers.delete(callback)) continue;
      callback();
    }
    await new Promise(setImmediate);
  }

  async walk(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) await this.jump(10);
  }
}

class SilentWire implements MembershipWire {
  readonly ticksPerLease = 3;
  readonly state: MembershipState;
  isHearing = true;
  isFree = true;
  beats = 0;
  ticks = 0;
  left = 0;
  introduced = async () => {};

  constructor(state: MembershipState) {
    this.state = state;
  }

  open = async () => {};
  enter = async () => this.isFree;
  introduce = () => this.introduced();
  beat = () => {
    this.beats += 1;
  };
  tick = () => {
    this.ticks += 1;
  };
  hears = () => this.isHearing;
  leave = async () => {
    this.left += 1;
  };
  ask: MembershipWire["ask"] = async () => false;
  close = () => {};
}

describe("LeasedMembership", () => {
  const self = testMember("self");
  const other = testMember("other");
  let clock: HandClock;
  let membership: LeasedMembership<SilentWire>;
  let told: string[];

  beforeEach(async () => {
    clock = new HandClock();
    const log = {
      warn: (_fields: object, message: string) => told.push(message),
      error: (_fields: object, message: string) => told.push(message),
    };
    told = [];
    const options = { clock: clock as unknown as Clock, log, leaseMs: LEASE_MS };
    membership = await openLeasedMembership(options, (state) => new SilentWire(state));
  });

  const hearOther = () => membership.wire.state.roster.hear(other, clock.now);
  const standing = () => membership.standing(nodeIdOf(other));

  test("a node that is silent for the lease is given up, and no earlier", async () => {
    hearOther();
    await clock.walk(LEASE_MS - 10);
    assert.equal(standing(), "alive");
    await clock.walk(100);
    assert.equal(standing(), "gone");
    assert.deepEqual(told, []);
  });

  test("no node is given up while this node may have missed its signs of life", async () => {
    membership.wire.isHearing = false;
    hearOther();
    await clock.walk(2 * LEASE_MS);
    assert.equal(standing(), "alive");
  });

  test("after a suspension of this node, the leases of the others restart", async () => {
    hearOther();
    await clock.jump(2 * LEASE_MS);
    assert.equal(standing(), "alive");
    assert.equal(told.length > 0, true, "it is logged");
    await clock.walk(LEASE_MS + 100);
    assert.equal(standing(), "gone");
  });

  test("a node that is presumed dead while joining is refused, and leaves", async () => {
    membership.wire.introduced = async () => {
      assert.equal(membership.wire.state.bury(nodeIdOf(self)), false);
      assert.equal(membership.wire.state.own.said, null);
    };
    await assert.rejects(membership.join(self), { code: "invalid-request" });
    assert.equal(membership.wire.left, 1);
    assert.deepEqual(membership.members(), []);
  });

  test("a joined node that is presumed dead announces that it is alive", async () => {
    await membership.join(self);
    assert.equal(membership.wire.state.bury(nodeIdOf(self)), false);
    assert.equal(membership.wire.beats, 1);
    assert.deepEqual(membership.members(), [self]);
  });

  test("leaving twice at once announces one departure; after that the node sends nothing", async () => {
    await membership.join(self);
    const leaving = [membership.leave(), membership.leave()];
    assert.equal(membership.wire.state.own.said, null);
    assert.equal(membership.wire.state.bury(nodeIdOf(self)), false);
    assert.equal(membership.wire.beats, 0);
    await Promise.all(leaving);
    assert.equal(membership.wire.left, 1);
    assert.equal(membership.standing(nodeIdOf(self)), "gone");
  });

  test("what a node foretells is renewed before each heartbeat", async () => {
    const times = [10, 10, 5];
    const said: unknown[] = [];
    await membership.join(self, undefined, () => ({ process: [times.shift() ?? 0], inline: [] }));
    membership.watch((event) => void (event.type === "foretold" && said.push(event.member.freeInMs.process)));
    const { own } = membership.wire.state;
    const before = own.said?.revision ?? 0;
    await clock.walk(LEASE_MS);
    assert.deepEqual(said, [[10], [5]]);
    assert.deepEqual(own.said?.member.freeInMs.process, [5]);
    assert.equal(own.said?.revision, before + 2, "the others can tell which is newer");
    assert.equal(membership.wire.beats, 0, "no message of its own");
  });

  test("a command is acknowledged by a node that reads it at its ticks, whatever their moment", async () => {
    const leaseMs = 12_000;
    const tickMs = leaseMs / 3;
    for (const moment of [0, 100, 240, 260, tickMs - 1]) {
      const virtual = new VirtualClock({ seed: 1 });
      let left = "";
      let heard = "";
      class PolledWire extends SilentWire {
        readonly isPolled = true;
        override ask = async (_node: NodeId, _command: Command, timeoutMs: number, id: string) => {
          left = id;
          await virtual.sleep(timeoutMs);
          return heard === id;
        };
      }
      const polled = await openLeasedMembership(
        { clock: virtual, log: silentLog, leaseMs },
        (state) => new PolledWire(state),
      );
      const answer = polled.ask(nodeIdOf(other), "drain");
      await virtual.advance(moment);
      const read = left;
      await virtual.advance(240); // it is carried out while the next attempt is made
      heard = read;
      await virtual.advance(2 * tickMs);
      assert.equal(await answer, true, `${moment} ms`);
      await polled.close();
    }
  });

  test("ticks arrive at the rate the wire specifies, until it is closed", async () => {
    await clock.walk(LEASE_MS);
    assert.equal(membership.wire.ticks, 3);
    await membership.close();
    await clock.walk(LEASE_MS);
    assert.equal(membership.wire.ticks, 3);
  });
});
