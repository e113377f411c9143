import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CarryoutError } from "../errors.ts";
import { keyOf, slotKey, userPrefix } from "./key.ts";

const anyUser = fc
  .string({ unit: "binary", minLength: 1, maxLength: 60 })
  .filter((user) => user.isWellFormed());
const anySlot = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

function isRefused(act: () => unknown): void {
  assert.throws(act, (error: CarryoutError) => error.code === "invalid-request");
}

describe("slot key", () => {
  it("has only characters that every engine accepts, whatever the user's id", () => {
    fc.assert(
      fc.property(anyUser, anySlot, (user, slot) => assert.match(slotKey(user, slot), /^[\w-]+\.[\w-]+$/)),
    );
  });

  it("differs for different users or slots", () => {
    fc.assert(
      fc.property(anyUser, anySlot, anyUser, anySlot, (user, slot, otherUser, otherSlot) => {
        const isSame = user === otherUser && slot === otherSlot;
        assert.equal(slotKey(user, slot) === slotKey(otherUser, otherSlot), isSame);
      }),
    );
  });

  it("begins with its user's prefix, and with no other's", () => {
    fc.assert(
      fc.property(anyUser, anySlot, anyUser, (user, slot, other) => {
        assert.ok(slotKey(user, slot).startsWith(userPrefix(user)));
        assert.equal(slotKey(user, slot).startsWith(userPrefix(other)), user === other);
      }),
    );
  });

  it("rejects invalid users and slots", () => {
    for (const user of ["", "x".repeat(513), "\ud800"]) isRefused(() => slotKey(user, "default"));
    for (const slot of ["", "a b", "a.b", "a/b", "x".repeat(65), "é", "a\n"])
      isRefused(() => slotKey("ann", slot));
    assert.equal(keyOf({ user: "ann", slot: "default" }), "YW5u.default");
  });
});
