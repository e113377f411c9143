import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { testMember } from "../../ports/contracts/membership-contract.ts";
import { type MembershipEvent, nodeIdOf } from "../../ports/membership.ts";
import { NatsTrouble } from "./nats-trouble.ts";

describe("trouble with NATS", () => {
  let nowMs: number;
  let cutOffSince: number | null;
  let silentMs: number[];
  let alive: number;
  let lost: () => void;
  let reconnected: () => void;
  let told: (event: MembershipEvent) => void;
  let trouble: NatsTrouble;

  beforeEach(() => {
    nowMs = 1_000;
    cutOffSince = null;
    silentMs = [0, 0];
    alive = 3;
    const link = {
      cutOffMs: () => (cutOffSince === null ? null : nowMs - cutOffSince),
      onLost: (callback: () => void) => {
        lost = callback;
        return () => {};
      },
      onReconnect: (callback: () => void) => {
        reconnected = callback;
        return () => {};
      },
    };
    const membership = {
      members: () => Array.from({ length: alive }, (_, index) => testMember(`n${index}`)),
      watch: (handler: (event: MembershipEvent) => void) => {
        told = handler;
        return () => {};
      },
    };
    const health = () => silentMs.map((ms, index) => ({ stream: `records-${index}`, silentMs: ms }));
    const clock = { monotonic: () => nowMs };
    trouble = new NatsTrouble({ links: [link], repo: { health }, membership, clock });
  });

  const cutOff = (ms: number) => {
    cutOffSince = nowMs;
    lost();
    nowMs += ms;
  };
  const reconnect = () => {
    cutOffSince = null;
    reconnected();
  };
  const leave = (certain: boolean) => {
    alive -= 1;
    told({ type: "left", node: nodeIdOf(testMember(`n${alive}`)), certain });
  };

  test("is not reported while everything answers, nor during an election", () => {
    assert.equal(trouble.now(), null);
    silentMs = [0, 9_000];
    assert.equal(trouble.now(), null);
    silentMs = [0, 13_000];
    assert.match(trouble.now() ?? "", /records-1 has not responded for 13 s/);
  });

  test("is not reported for a quick reconnect, even if an election follows", () => {
    cutOff(500);
    assert.equal(trouble.now(), null);
    reconnect();
    silentMs = [5_000, 0];
    assert.equal(trouble.now(), null);
  });

  test("lasts, after a long disconnection, until every stream has answered", () => {
    silentMs = [0, 3_000];
    cutOff(3_000);
    assert.match(trouble.now() ?? "", /disconnected from NATS for 3 s/);
    reconnect();
    assert.match(trouble.now() ?? "", /records-1 has not responded/);
    silentMs = [0, 0];
    assert.equal(trouble.now(), null);
    silentMs = [0, 3_000];
    assert.equal(trouble.now(), null);
  });

  test("a node that hears no others does not wait for an election", () => {
    silentMs = [4_000, 4_000];
    leave(false);
    assert.equal(trouble.now(), null, "one is still heard");
    leave(false);
    assert.match(trouble.now() ?? "", /records-0 has not responded for 4 s/);
    alive += 1;
    told({ type: "joined", member: testMember("n1") });
    assert.equal(trouble.now(), null);
  });

  test("a node whose neighbours are known to be dead is alone, not cut off", () => {
    silentMs = [4_000, 4_000];
    leave(true);
    leave(true);
    assert.equal(trouble.now(), null);
  });
});
