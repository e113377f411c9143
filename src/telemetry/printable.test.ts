import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printable, printableLine } from "./printable.ts";

test("escape sequences, C1 controls and marks of direction are written out", () => {
  assert.equal(
    printable("a\u001b[2K\u009b1A\u007f\u202egpj.exe\u2066\u200f\ufeff\u{e0041}"),
    "a\\u001b[2K\\u009b1A\\u007f\\u202egpj.exe\\u2066\\u200f\\ufeff\\udb40\\udc41",
  );
});

test("words of all scripts, emoji and line breaks stay", () => {
  const text = "Übersicht – 総覧, می‌خواهم, 👩‍👩‍👧\n\tline two";
  assert.equal(printable(text), text);
  assert.equal(printableLine("a\r\nb\tc"), "a\\u000d\\u000ab\\u0009c");
});

test("a JSON text stays the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
      const json = JSON.stringify({ value, text });
      assert.deepEqual(JSON.parse(printable(json)), JSON.parse(json));
      assert.doesNotMatch(printable(json), /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
