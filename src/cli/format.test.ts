import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { request } from "../download/transitions.ts";
import { progressOf, remarkOf, span, table } from "./format.ts";

const download = request({ user: "u", slot: "default", kind: "k", params: {} }, 1_000, "id");

describe("table", () => {
  it("aligns columns and ends no line with a blank", () => {
    assert.deepEqual(
      table(
        ["A", "B"],
        [
          ["long", "x"],
          ["s", ""],
        ],
      ),
      ["A     B", "long  x", "s"],
    );
  });

  it("shows nothing without rows", () => {
    assert.deepEqual(table(["A"], []), []);
  });
});

describe("span", () => {
  for (const [ms, words] of [
    [-5, "0 s"],
    [4_400, "4 s"],
    [120_000, "2 min"],
    [7_200_000, "2 h"],
    [3 * 86_400_000, "3 d"],
  ] as const) {
    it(`says ${words}`, () => assert.equal(span(ms), words));
  }
});

describe("a download in words", () => {
  it("reports the queue position of a waiting download", () => {
    assert.equal(remarkOf({ download, node: null, position: 3, etaMs: null }, 0), "number 3 in the queue");
  });

  it("never rounds up to 100 %", () => {
    const progress = { ...download.progress, fraction: 0.999 };
    const status = { download: { ...download, progress }, node: null, position: null, etaMs: null };
    assert.equal(progressOf(status), "99 %");
  });
});
