import assert from "node:assert/strict";
import { test } from "node:test";
import type { PublicClusterDownload, PublicNode } from "../wire/cluster.ts";
import { ClusterModel } from "./cluster-model.ts";

function node(name: string, incarnation = "a"): PublicNode {
  return { name, incarnation, url: null, pid: 1, version: "1", capacity: 2, running: 0, draining: false };
}

function held(
  id: string,
  by: string | null,
  change: Partial<PublicClusterDownload> = {},
): PublicClusterDownload {
  const state = by ? "processing" : "pending";
  const requestedAt = "2026-01-01T00:00:00.000Z";
  return { id, kind: "fake", state, node: by, epoch: 1, fraction: null, requestedAt, turn: 1, ...change };
}

function cards(model: ClusterModel, now: number) {
  return model.cards(now).map((card) => `${card.node.name} ${card.state} ${card.downloads.map((d) => d.id)}`);
}

const NOTHING = { nodes: null, downloads: [], removed: [], unfinished: 0 };

test("a node that left stays for a while as gone; its downloads are where they went", () => {
  const model = new ClusterModel();
  model.replace({ nodes: [node("n1"), node("n2")], downloads: [held("x", "n1/a")], unfinished: 1 }, 0);
  model.change({ ...NOTHING, nodes: [node("n2")], unfinished: 1 }, 1_000);
  assert.deepEqual(cards(model, 1_000), ["n1 gone x", "n2 alive "]);
  model.change({ ...NOTHING, downloads: [held("x", "n2/a", { epoch: 2 })], unfinished: 1 }, 1_100);
  assert.deepEqual(cards(model, 1_100), ["n1 gone ", "n2 alive x"]);
  assert.deepEqual(cards(model, 9_000), ["n2 alive x"]);
});

test("a new process under the old name is back, with what it holds", () => {
  const model = new ClusterModel();
  model.replace({ nodes: [node("n1")], downloads: [], unfinished: 0 }, 0);
  const nodes = [node("n1", "b")];
  model.change({ ...NOTHING, nodes, downloads: [held("x", "n1/b")], unfinished: 1 }, 1_000);
  assert.deepEqual(cards(model, 1_000), ["n1 back x"]);
  assert.deepEqual(cards(model, 5_000), ["n1 alive x"]);
});

test("rows are those that run, the longest first, then those that wait, in the order of their turns", () => {
  const model = new ClusterModel();
  const later = { requestedAt: "2026-01-01T00:00:01.000Z" };
  const downloads = [
    held("late", null, { turn: 9 }),
    held("new", "n1/a", later),
    held("early", null, { turn: 3 }),
    held("old", "n1/a"),
  ];
  model.replace({ nodes: [node("n1")], downloads, unfinished: 7 }, 0);
  const ids = () => model.rows().map(({ id }) => id);
  assert.deepEqual(ids(), ["old", "new", "early", "late"]);
  assert.deepEqual([model.running, model.waiting, model.unlisted], [2, 5, 3]);
  model.change({ ...NOTHING, downloads: [held("old", "n1/a", { fraction: 0.5 })], removed: ["new"] }, 1);
  assert.deepEqual(ids(), ["old", "early", "late"]);
  assert.equal(model.rows()[0]?.fraction, 0.5);
  model.change({ ...NOTHING, downloads: [held("late", "n1/a", { turn: 9 })] }, 2);
  assert.deepEqual(ids(), ["late", "old", "early"]);
});

test("kinds are those that nodes make and those of downloads, and nodes are in the order of their numbers", () => {
  const model = new ClusterModel();
  const nodes = [{ ...node("n10"), kinds: { b: null } }, node("n2")];
  model.replace({ nodes, downloads: [held("x", null, { kind: "a" })], unfinished: 1 }, 0);
  assert.deepEqual(model.kinds(), ["a", "b"]);
  assert.deepEqual(cards(model, 0), ["n2 alive ", "n10 alive "]);
});
