import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { editDistance, nearest } from "./nearest.ts";

it("finds the word that was meant", () => {
  const known = ["engine", "port", "capacity", "leaseMs"];
  assert.equal(nearest("enginee", known), "engine");
  assert.equal(nearest("prot", known), "port");
  assert.equal(nearest("leasems", known), "leaseMs");
  assert.equal(nearest("colour", known), null);
});

it("measures a distance: zero only for equal words, the same both ways, at most the longer length", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance === 0, a === b);
      assert.equal(distance, editDistance(b, a));
      assert.ok(distance <= Math.max(a.length, b.length));
    }),
  );
});
