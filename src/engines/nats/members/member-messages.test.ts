import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { testMember } from "../../../ports/contracts/membership-contract.ts";
import type { Announcement } from "../../lifeline/announcement.ts";
import { DEAD_TOLD, encodeMessage, readNatsMessage } from "./member-messages.ts";

const announcement: Announcement = {
  member: testMember("one", { url: null, pid: null }),
  revision: 3,
  lifeline: { addresses: ["10.0.0.1", "::1"], port: 1234 },
};

function read(value: unknown) {
  return readNatsMessage(Buffer.from(JSON.stringify(value) ?? ""));
}

test("a node's message is parsed completely", () => {
  for (const message of [
    { type: "here", announcement, dead: ["a/1"], members: 3 },
    { type: "here", announcement: { ...announcement, lifeline: null }, dead: [], members: 1 },
    { type: "hail", announcement, dead: [] },
    { type: "hail", announcement: null, dead: ["a/1", "b/2"] },
    { type: "leave", node: "one/1" },
    { type: "died", node: "one/1" },
  ] as const) {
    assert.deepEqual(readNatsMessage(Buffer.from(encodeMessage(message as never))), message);
  }
});

test("a message without a valid member is ignored", () => {
  const { member } = announcement;
  for (const wrong of [
    null,
    { ...member, name: "" },
    { ...member, incarnation: "x".repeat(1_000) },
    { ...member, capacity: -1 },
    { ...member, capacity: "2" },
    { ...member, url: "x".repeat(5_000) },
  ]) {
    assert.equal(read({ type: "here", announcement: { ...announcement, member: wrong } }), null);
  }
  const infinite = JSON.stringify({ type: "here", announcement }).replace('"capacity":2', '"capacity":1e999');
  assert.equal(readNatsMessage(Buffer.from(infinite)), null);
});

test("an unusable address only loses the lifeline", () => {
  for (const lifeline of [
    1,
    {},
    { addresses: [], port: 1 },
    { addresses: ["a"], port: 0 },
    { addresses: ["a"], port: 70_000 },
    { addresses: [1], port: 2 },
  ]) {
    const message = read({ type: "hail", announcement: { ...announcement, lifeline } });
    assert.deepEqual(message, {
      type: "hail",
      announcement: { ...announcement, lifeline: null },
      dead: [],
    });
  }
});

test("lists are cut to the limits of the receiver, whatever the sender", () => {
  const dead = Array.from({ length: 1_000 }, (_, index) => `n/${index}`);
  const lifeline = { addresses: dead, port: 1 };
  const message = read({ type: "hail", announcement: { ...announcement, lifeline }, dead });
  assert.ok(message?.type === "hail");
  assert.equal(message.dead.length, DEAD_TOLD);
  assert.ok(message.announcement!.lifeline!.addresses.length <= 16);
});

test("any input is parsed without an error", () => {
  const type = fc.constantFrom("here", "hail", "leave", "died", "other");
  const message = fc.record(
    { type, node: fc.anything(), dead: fc.anything(), members: fc.anything(), announcement: fc.object() },
    { requiredKeys: [] },
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void readNatsMessage(bytes)));
  fc.assert(fc.property(fc.json(), (text) => void readNatsMessage(Buffer.from(text))));
  fc.assert(
    fc.property(message, (value) => {
      const bytes = Buffer.from(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? 0 : each)));
      readNatsMessage(bytes);
    }),
  );
});
