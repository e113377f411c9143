import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json } from "../../download/json.ts";
import { encodeFrame, type Frame, FrameReader, LONGEST_FRAME } from "./frames.ts";

test("frames are restored however the stream is split", () => {
  const frames = fc.array(fc.record({ channel: fc.string(), message: fc.jsonValue() }), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.array(fc.nat(40)), (sent, cuts) => {
      const text = sent.map(({ channel, message }) => encodeFrame(channel, message as Json)).join("");
      const reader = new FrameReader();
      const read: Frame[] = [];
      let at = 0;
      for (const size of [...cuts, text.length]) {
        read.push(...reader.push(text.slice(at, at + size)));
        at += size;
      }
      assert.deepEqual(read, JSON.parse(JSON.stringify(sent)));
    }),
  );
});

test("input that is not a frame is refused", () => {
  for (const line of ["", "{", "[]", '["a"]', "[1,2]", '{"channel":"a"}', '["a",1,2]', "GET / HTTP/1.1"]) {
    assert.throws(() => new FrameReader().push(`${line}\n`), SyntaxError, line);
  }
});

test("an endless line is refused instead of buffered", () => {
  const reader = new FrameReader();
  assert.deepEqual(reader.push(`["a","${"x".repeat(LONGEST_FRAME - 10)}`), []);
  assert.throws(() => reader.push("xxxxxxxxxxx"), SyntaxError);
});

test("a message that is too long is not sent", () => {
  assert.equal(encodeFrame("a", "x".repeat(LONGEST_FRAME)), null);
});
