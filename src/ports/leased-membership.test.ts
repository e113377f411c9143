import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Clock } from "./clock.ts";
import { testMember } from "./contracts/membership-contract.ts";
import {
  type LeasedMembership,
  type MembershipState,
  type MembershipWire,
  openLeasedMembership,
} from "./leased-membership.ts";
import { nodeIdOf } from "./membership.ts";

const LEASE_MS = 3_000;

/** A clock that is moved by hand, past timers too: then these fire late. */
class HandClock {
  now = 0;
  readonly #timers = new Map<() => void, number>();
  monotonic = () => this.now;
  after = (ms: number, callback: () => void) => {
    this.#timers.set(callback, this.now + ms);
    return () => this.#timers.delete(callback);
  };

  /** Moves on in one step, fires what is due, and lets what is asynchronous in it end. */
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
  ask = async () => false;
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

  test("who is silent for the lease is given up, and not before", async () => {
    hearOther();
    await clock.walk(LEASE_MS - 10);
    assert.equal(standing(), "alive");
    await clock.walk(100);
    assert.equal(standing(), "gone");
    assert.deepEqual(told, []);
  });

  test("nobody is given up while this node may have missed their signs", async () => {
    membership.wire.isHearing = false;
    hearOther();
    await clock.walk(2 * LEASE_MS);
    assert.equal(standing(), "alive");
  });

  test("after it stood still itself, the leases of the others begin anew", async () => {
    hearOther();
    await clock.jump(2 * LEASE_MS);
    assert.equal(standing(), "alive");
    assert.equal(told.length > 0, true, "it is logged");
    await clock.walk(LEASE_MS + 100);
    assert.equal(standing(), "gone");
  });

  test("who is taken for dead while joining is refused, and leaves", async () => {
    membership.wire.introduced = async () => {
      assert.equal(membership.wire.state.bury(nodeIdOf(self)), false);
      assert.equal(membership.wire.state.own.said, null);
    };
    await assert.rejects(membership.join(self), { code: "invalid-request" });
    assert.equal(membership.wire.left, 1);
    assert.deepEqual(membership.members(), []);
  });

  test("who has joined and is taken for dead says that it lives", async () => {
    await membership.join(self);
    assert.equal(membership.wire.state.bury(nodeIdOf(self)), false);
    assert.equal(membership.wire.beats, 1);
    assert.deepEqual(membership.members(), [self]);
  });

  test("leaving twice at once says goodbye once; from then on it says nothing", async () => {
    await membership.join(self);
    const leaving = [membership.leave(), membership.leave()];
    assert.equal(membership.wire.state.own.said, null);
    assert.equal(membership.wire.state.bury(nodeIdOf(self)), false);
    assert.equal(membership.wire.beats, 0);
    await Promise.all(leaving);
    assert.equal(membership.wire.left, 1);
    assert.equal(membership.standing(nodeIdOf(self)), "gone");
  });

  test("ticks come as often as the wire says, until it is closed", async () => {
    await clock.walk(LEASE_MS);
    assert.equal(membership.wire.ticks, 3);
    await membership.close();
    await clock.walk(LEASE_MS);
    assert.equal(membership.wire.ticks, 3);
  });
});
