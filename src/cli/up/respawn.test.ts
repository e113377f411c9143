import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Respawn } from "./respawn.ts";

describe("Respawn", () => {
  it("starts a node that served well at once, every time", () => {
    const respawn = new Respawn();
    for (let death = 0; death < 20; death++) assert.equal(respawn.delayMs(60_000), 0);
  });

  it("restarts at once after the first early end, and with growing delays after the next ones", () => {
    const respawn = new Respawn();
    const delays = Array.from({ length: 12 }, () => respawn.delayMs(0));
    assert.deepEqual(delays.slice(0, 5), [0, 500, 1_000, 2_000, 4_000]);
    assert.equal(delays.at(-1), 30_000);
  });

  it("forgets quick ends after a healthy life", () => {
    const respawn = new Respawn();
    for (let death = 0; death < 5; death++) respawn.delayMs(0);
    respawn.delayMs(10_000);
    assert.equal(respawn.delayMs(0), 0);
  });
});
