import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WaitEstimate } from "./wait-estimate.ts";

describe("wait estimate", () => {
  it("is null without completed downloads or capacity", () => {
    const wait = new WaitEstimate();
    assert.equal(wait.forPosition("csv", 1, 2), null);
    wait.finished("csv", 1_000);
    assert.equal(wait.forPosition("csv", 1, 0), null);
    assert.equal(wait.forPosition("pdf", 1, 2), null);
  });

  it("counts the rounds before a download's own, and its own", () => {
    const wait = new WaitEstimate();
    wait.finished("csv", 1_000);
    assert.equal(wait.forPosition("csv", 1, 2), 2_000);
    assert.equal(wait.forPosition("csv", 2, 2), 2_000);
    assert.equal(wait.forPosition("csv", 3, 2), 3_000);
  });

  it("follows recent durations, without jumping", () => {
    const wait = new WaitEstimate();
    wait.finished("csv", 1_000);
    wait.finished("csv", 2_000);
    assert.equal(wait.forPosition("csv", 1, 1), 2 * 1_200);
    for (let i = 0; i < 50; i++) wait.finished("csv", 2_000);
    assert.equal(wait.forPosition("csv", 1, 1), 4_000);
  });
});
