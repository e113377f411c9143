import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { slotKey, userPrefix } from "../../../download/key.ts";
import { isKey, sequenceOf, streamIndexOf, versionOf } from "./record-subjects.ts";

describe("streamIndexOf", () => {
  test("is FNV-1a of the user part: these values must never change", () => {
    // 0xe40c292c is the published FNV-1a 32 of "a", 0xbf9cf968 that of "foobar".
    assert.equal(streamIndexOf("a.default", 0x1_0000_0000), 0xe40c292c);
    assert.equal(streamIndexOf("foobar.x", 0x1_0000_0000), 0xbf9cf968);
    assert.equal(streamIndexOf("a.default", 3), 0xe40c292c % 3);
  });

  test("keeps all of a user's records together, and spreads users", () => {
    const counts = [0, 0, 0];
    for (let user = 0; user < 3_000; user += 1) {
      const index = streamIndexOf(userPrefix(`user-${user}`), 3);
      assert.equal(streamIndexOf(slotKey(`user-${user}`, "any"), 3), index);
      counts[index]! += 1;
    }
    for (const count of counts) assert.ok(count > 800, `${counts}`);
  });
});

test("versions identify the stream and its sequence, are unique, and increase with the sequence", () => {
  const origin = fc.record({
    sequence: fc.integer({ min: 1, max: 2 ** 40 }),
    streams: fc.integer({ min: 1, max: 64 }),
    index: fc.nat(63),
  });
  fc.assert(
    fc.property(origin, ({ sequence, streams, index }) => {
      const streamIndex = index % streams;
      const version = versionOf(sequence, { streamIndex, streams });
      assert.equal(sequenceOf(version, { streamIndex, streams }), sequence);
      const removal = versionOf(sequence, { streamIndex, streams, isRemoval: true });
      assert.ok(removal >= version && removal < versionOf(sequence + 1, { streamIndex, streams }));
      for (const other of [removal, version + 1])
        assert.equal(sequenceOf(other, { streamIndex, streams }), null);
      if (streams > 1) {
        assert.equal(sequenceOf(version, { streamIndex: (streamIndex + 1) % streams, streams }), null);
      }
    }),
  );
  for (const nonsense of [0, -1, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(sequenceOf(nonsense, { streamIndex: 0, streams: 1 }), null);
  }
});

test("only slot keys become subjects", () => {
  assert.ok(isKey(slotKey("名前", "default")));
  for (const text of ["", "a", "a.b.c", "*.default", "a.>", "a.", ".a", "a b.c", "floor"]) {
    assert.equal(isKey(text), false, text);
  }
});
