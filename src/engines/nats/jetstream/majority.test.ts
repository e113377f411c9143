import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerInfo } from "@nats-io/jetstream";
import { hasMajority, isPassing, NoMajorityError } from "./stream.ts";

const SECOND_NS = 1_000_000_000;
let peers = 0;
const peer = (active: number): PeerInfo => ({
  name: `peer-${++peers}`,
  current: true,
  offline: false,
  active,
  lag: 0,
});
const heard = () => peer(0.9 * SECOND_NS);
const silent = () => peer(5 * SECOND_NS);
const ledWith = (...replicas: PeerInfo[]) => hasMajority({ leader: "asked", replicas });

test("a leader has a majority if it heard from enough followers, itself included", () => {
  assert.equal(ledWith(), true, "one server is its own majority");
  assert.equal(ledWith(heard(), silent()), true);
  assert.equal(ledWith(silent(), silent()), false);
  assert.equal(ledWith(heard(), heard(), silent(), silent()), true);
  assert.equal(ledWith(heard(), silent(), silent(), silent()), false);
  assert.ok(isPassing(new NoMajorityError()), "the question is asked again");
});

test("an answer of a server that knows no leader, or follows another one, is not trusted", () => {
  const [one, other] = [heard(), heard()];
  assert.equal(hasMajority({ leader: "", replicas: [one, other] }), false);
  assert.equal(hasMajority({ leader: undefined as never, replicas: [one, other] }), false);
  assert.equal(hasMajority({ leader: one.name, replicas: [one, other] }), false);
});
