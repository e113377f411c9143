import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isCopied, joinedPieces } from "./pieces.ts";

const MIB = 1024 * 1024;
const sourcesOf = (sizes: readonly number[]) => sizes.map((size, index) => ({ key: String(index), size }));
const planOf = (sizes: readonly number[]) =>
  joinedPieces(sourcesOf(sizes)).map(({ sources }) => sources.map(({ key }) => Number(key)));

test("large sources are copied alone, small ones are joined with what follows", () => {
  assert.deepEqual(planOf([6 * MIB, 5 * MIB]), [[0], [1]]);
  assert.deepEqual(planOf([MIB, MIB, 6 * MIB, 6 * MIB]), [[0, 1, 2], [3]]);
  assert.deepEqual(planOf([6 * MIB, MIB]), [[0], [1]]);
  assert.deepEqual(planOf([]), []);
});

test("every piece but the last has at least 5 MiB, and no source is missing, twice there or out of order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 17 * MIB }), { maxLength: 40 }), (sizes) => {
      const pieces = joinedPieces(sourcesOf(sizes));
      assert.deepEqual(
        pieces.flatMap(({ sources }) => sources),
        sourcesOf(sizes),
      );
      for (const [index, piece] of pieces.entries()) {
        assert.equal(piece.number, index + 1);
        assert.equal(isCopied(piece), piece.sources.length === 1);
        const size = piece.sources.reduce((sum, source) => sum + source.size, 0);
        assert.ok(index === pieces.length - 1 || size >= 5 * MIB);
        assert.ok(isCopied(piece) || size < 5 * MIB + 17 * MIB, "memory");
      }
    }),
  );
});
