import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { ConcurrencyLimit } from "./concurrency-limit.ts";

function open() {
  const clock = new VirtualClock({ seed: 1 });
  const claimLimit = new ConcurrencyLimit({ clock, most: 2, patienceMs: 50 });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const pass = (name: string) =>
    claimLimit.pass(() => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { clock, begun, pass, end };
}

describe("Turnstile", () => {
  it("starts as many tasks as allowed, and the rest in order", async () => {
    const { begun, pass, end } = open();
    for (const name of ["a", "b", "c", "d"]) pass(name);
    assert.deepEqual(begun, ["a", "b"]);
    await end("b");
    assert.deepEqual(begun, ["a", "b", "c"]);
    await end("a");
    assert.deepEqual(begun, ["a", "b", "c", "d"]);
  });

  it("is not held up by a slow task, whose end admits no second one", async () => {
    const { clock, begun, pass, end } = open();
    for (const name of ["a", "b", "c", "d", "e"]) pass(name);
    await clock.advance(50);
    assert.deepEqual(begun, ["a", "b", "c", "d"]);
    await end("a");
    assert.deepEqual(begun, ["a", "b", "c", "d"]);
    await end("c");
    assert.deepEqual(begun, ["a", "b", "c", "d", "e"]);
  });
});
