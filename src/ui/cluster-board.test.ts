import assert from "node:assert/strict";
import { test } from "node:test";
import type { PublicClusterDownload, PublicNode } from "../wire/cluster.ts";
import { ClusterBoard } from "./cluster-board.ts";

function node(name: string, incarnation = "a"): PublicNode {
  return { name, incarnation, url: null, pid: 1, version: "1", capacity: 2, running: 0, draining: false };
}

function held(id: string, by: string | null): PublicClusterDownload {
  return { id, kind: "fake", state: by ? "processing" : "pending", node: by, epoch: 1, fraction: null };
}

function states(board: ClusterBoard, now: number) {
  return board
    .at(now)
    .cards.map((card) => `${card.node.name} ${card.state} ${card.downloads.map((d) => d.id)}`);
}

test("a node that left stays for a while as gone; its downloads are where they went", () => {
  const board = new ClusterBoard();
  board.update({ nodes: [node("n1"), node("n2")], downloads: [held("x", "n1/a")], unfinished: 1 }, 0);
  board.update({ nodes: [node("n2")], downloads: [held("x", "n2/a")], unfinished: 1 }, 1_000);
  assert.deepEqual(states(board, 1_000), ["n1 gone ", "n2 alive x"]);
  assert.ok(board.isSettling(1_000));
  assert.deepEqual(states(board, 6_000), ["n2 alive x"]);
  assert.ok(!board.isSettling(6_000));
});

test("a new process under the old name is back, with what it holds", () => {
  const board = new ClusterBoard();
  board.update({ nodes: [node("n1")], downloads: [], unfinished: 0 }, 0);
  board.update({ nodes: [node("n1", "b")], downloads: [held("x", "n1/b")], unfinished: 1 }, 1_000);
  assert.deepEqual(states(board, 1_000), ["n1 back x"]);
  assert.deepEqual(states(board, 5_000), ["n1 alive x"]);
});

test("what nobody holds waits, and what was not listed is counted", () => {
  const board = new ClusterBoard();
  board.update({ nodes: [node("n1")], downloads: [held("x", null), held("y", "gone/a")], unfinished: 5 }, 0);
  const { waiting, unlisted } = board.at(0);
  assert.deepEqual(
    waiting.map((download) => download.id),
    ["x", "y"],
  );
  assert.equal(unlisted, 3);
});

test("nodes are in the order of their names, numbers as numbers", () => {
  const board = new ClusterBoard();
  board.update({ nodes: [node("n10"), node("n2")], downloads: [], unfinished: 0 }, 0);
  assert.deepEqual(states(board, 0), ["n2 alive ", "n10 alive "]);
});
