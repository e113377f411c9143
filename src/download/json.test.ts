import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fingerprint } from "./fingerprint.ts";
import { canonicalJson, type Json } from "./json.ts";

/** The same value with the members of every object in another order. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([name, member]) => [name, reversed(member)]));
}

const anyJson = fc.jsonValue() as fc.Arbitrary<Json>;

describe("canonical JSON", () => {
  it("is JSON for the same value", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("does not depend on the order of members", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
      }),
    );
  });

  it("differs for values that differ", () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        const isEqual = JSON.stringify(sortedCopy(a)) === JSON.stringify(sortedCopy(b));
        assert.equal(canonicalJson(a) === canonicalJson(b), isEqual);
      }),
    );
  });

  it("omits members that are undefined, as JSON does, and keeps the positions in arrays", () => {
    assert.equal(canonicalJson({ b: 1, a: undefined }), '{"b":1}');
    assert.equal(canonicalJson([undefined, 1]), "[null,1]");
    assert.equal(canonicalJson(undefined), "null");
    assert.equal(
      canonicalJson({ é: 1, z: -0, a: [1, { y: null, x: "\u2028" }] }),
      '{"a":[1,{"x":"\u2028","y":null}],"z":0,"é":1}',
    );
  });
});

describe("fingerprint", () => {
  it("is equal for equal requests only", () => {
    assert.equal(fingerprint("k", { a: 1, b: 2 }), fingerprint("k", { b: 2, a: 1 }));
    assert.notEqual(fingerprint("k", { a: 1 }), fingerprint("k", { a: 2 }));
    assert.notEqual(fingerprint("k", {}), fingerprint("l", {}));
    assert.match(fingerprint("k", {}), /^[\w-]{43}$/);
  });
});

function sortedCopy(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedCopy);
  if (typeof value !== "object" || value === null) return value;
  const names = Object.keys(value).sort();
  // Pairs instead of an object: engines order members with integer names first.
  return ["object", ...names.map((name): Json => [name, sortedCopy(value[name] ?? null)])];
}
