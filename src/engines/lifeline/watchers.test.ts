import assert from "node:assert/strict";
import { test } from "node:test";
import { isWatcher, watched } from "./watchers.ts";

function cluster(size: number): string[] {
  return Array.from({ length: size }, (_, index) => `n${index}/i${index * 7}`);
}

function others(nodes: string[], self: string): string[] {
  return nodes.filter((node) => node !== self);
}

test("in a small cluster every node watches every other", () => {
  const nodes = cluster(33);
  for (const self of nodes) assert.deepEqual(watched(self, others(nodes, self)), others(nodes, self));
  assert.deepEqual(watched("alone/1", []), []);
});

test("in a large one each watches eight and is watched by eight, which report its death", () => {
  const nodes = cluster(60);
  const watchers = new Map(nodes.map((node) => [node, 0]));
  for (const self of nodes) {
    const seen = watched(self, others(nodes, self));
    assert.equal(new Set(seen).size, 8);
    for (const node of seen) {
      watchers.set(node, watchers.get(node)! + 1);
      assert.ok(isWatcher(self, node, others(nodes, self)));
    }
  }
  assert.deepEqual(new Set(watchers.values()), new Set([8]));
});

test("eight report a death in a cluster of any size, or all when there are fewer", () => {
  for (const size of [2, 5, 20, 50]) {
    const nodes = cluster(size);
    const [dead, ...living] = nodes as [string, ...string[]];
    const telling = living.filter((self) => isWatcher(self, dead, others(nodes, self)));
    assert.equal(telling.length, Math.min(8, size - 1));
  }
});

test("no node reports its own death", () => {
  assert.equal(isWatcher("a/1", "a/1", ["b/1"]), false);
});
