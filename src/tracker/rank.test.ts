import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hash, rankOf } from "./rank.ts";

const anyNodes = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });

function order(word: string, nodes: string[]): string[] {
  return [...nodes].sort((a, b) => rankOf(word, a, nodes) - rankOf(word, b, nodes));
}

describe("rank", () => {
  it("gives each node its own rank, whatever the order of the list", () => {
    fc.assert(
      fc.property(fc.string(), anyNodes, (word, nodes) => {
        const ranks = nodes.map((node) => rankOf(word, node, nodes));
        assert.deepEqual(
          ranks.toSorted((a, b) => a - b),
          nodes.map((_, index) => index),
        );
        assert.deepEqual(order(word, nodes), order(word, nodes.toReversed()));
      }),
    );
  });

  it("keeps the order of the others when a node leaves", () => {
    fc.assert(
      fc.property(fc.string(), anyNodes, (word, nodes) => {
        const [leaving, ...others] = nodes;
        const before = order(word, nodes).filter((node) => node !== leaving);
        assert.deepEqual(order(word, others), before);
      }),
    );
  });

  it("spreads words evenly over nodes that differ in one character", () => {
    const nodes = ["n1/a", "n2/a", "n3/a", "n4/a"];
    const firsts = new Map<string, number>();
    for (let i = 0; i < 4_000; i++) {
      const [first = ""] = order(`download-${i}`, nodes);
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const node of nodes) {
      const count = firsts.get(node) ?? 0;
      assert.ok(count > 850 && count < 1_150, `${node} is first ${count} times of 4,000`);
    }
  });

  it("hashes to 32 bits", () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) => Number.isInteger(hash(text)) && hash(text) >= 0 && hash(text) < 2 ** 32,
      ),
    );
  });
});
