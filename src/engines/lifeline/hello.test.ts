import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeHello, encodeNote, readHello, readNotes } from "./hello.ts";

test("a hello is parsed however it is split", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (incarnation) => {
      const bytes = encodeHello(incarnation);
      for (let length = 0; length < bytes.length; length += 1) {
        assert.equal(readHello(bytes.subarray(0, length)), null);
      }
      assert.deepEqual(readHello(bytes), { incarnation, rest: Buffer.alloc(0) });
      const rest = encodeNote("first");
      assert.deepEqual(readHello(Buffer.concat([bytes, rest])), { incarnation, rest });
    }),
  );
});

test("anything else is rejected, at once or when it grows too long", () => {
  for (const text of [
    "HTTP/1.1 400",
    "SSH-2.0\n",
    "\n",
    "carryout-lifeline/1 %zz\n",
    "carryout-lifeline/2 a",
  ]) {
    assert.equal(readHello(Buffer.from(text)), "foreign", text);
  }
  assert.equal(readHello(Buffer.from(`carryout-lifeline/1 ${"a".repeat(600)}`)), "foreign");
});

test("notes are lines, and what is too long is none", () => {
  const [one, two] = ["one", "zwei ü"].map(encodeNote);
  const read = readNotes(Buffer.concat([one!, two!, Buffer.from("thr")]));
  assert.deepEqual(read, { notes: ["one", "zwei ü"], rest: Buffer.from("thr") });
  assert.deepEqual(readNotes(Buffer.alloc(0)), { notes: [], rest: Buffer.alloc(0) });
  assert.equal(readNotes(Buffer.from("a".repeat(600))), null);
});
