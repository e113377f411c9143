import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromCursor, type Key, keyOf, toCursor } from "./key-value.ts";

const values = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0), // no -0: JSON has none
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);

describe("a cursor of a key", () => {
  it("restores the same values after JSON", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1 }), (key) => {
        const columns = key.map((_, index) => `c${index}`);
        const cursor = JSON.parse(JSON.stringify(toCursor(key as Key)));
        assert.deepEqual(fromCursor(cursor, columns), key);
      }),
    );
  });

  it("keeps part of a larger buffer", () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    assert.deepEqual(fromCursor(toCursor([bytes]), ["a"]), [Buffer.from([2, 3])]);
  });

  it("must match the key", () => {
    assert.throws(() => fromCursor([1], ["a", "b"]), {
      name: "TypeError",
      message: "the cursor to go on from must have a value for each of: a, b",
    });
    assert.throws(() => fromCursor([{} as { date: string }], ["a"]), TypeError);
    assert.throws(() => fromCursor([null as unknown as string], ["a"]), TypeError);
  });
});

describe("the key of a row", () => {
  const refused: [unknown, RegExp][] = [
    [null, /row 4 of a page: the key column "id" must not be null/],
    [undefined, /is missing: select it/],
    [Number.NaN, /must be a finite number, not NaN/],
    [2 ** 53, /lost its last digits/],
    [new Date(Number.NaN), /holds an invalid Date/],
    [{}, /must be text, a number, .*, not an object/],
  ];
  for (const [value, message] of refused) {
    it(`can't hold ${value}`, () => {
      assert.throws(() => keyOf({ id: value }, ["id"], 3), { name: "UserError", retriable: false, message });
    });
  }

  it("keeps fractional numbers exactly", () => {
    assert.deepEqual(keyOf({ id: 0.1 + 2 ** 40 }, ["id"], 0), [0.1 + 2 ** 40]);
  });
});
