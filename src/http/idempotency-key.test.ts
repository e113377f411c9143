import assert from "node:assert/strict";
import { test } from "node:test";
import { idempotencyKey } from "./idempotency-key.ts";

const keyOf = (value: string) => idempotencyKey(new Headers({ "Idempotency-Key": value }));

test("a structured-field string, or the same without its quotes", () => {
  assert.equal(keyOf('"8e03978e-40d5-43dd"'), "8e03978e-40d5-43dd");
  assert.equal(keyOf("8e03978e-40d5-43dd"), "8e03978e-40d5-43dd");
  assert.equal(keyOf('  "with space and \\"quotes\\""  '), 'with space and "quotes"');
  assert.equal(keyOf(`"${"k".repeat(255)}"`), "k".repeat(255));
});

test("none at all is none", () => {
  assert.equal(idempotencyKey(new Headers()), null);
});

test("an invalid key is rejected, with what was expected and given", () => {
  for (const value of ['""', "", '"a', 'a"', "a, b", '"a", "b"', `"${"k".repeat(256)}"`, "k".repeat(256)]) {
    assert.throws(
      () => keyOf(value),
      { code: "invalid-request", message: /1 to 255 printable.*not "/ },
      value,
    );
  }
});
