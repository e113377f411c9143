import assert from "node:assert/strict";
import { it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { loadModule } from "./load-module.ts";

/** A module whose top level waits until it is released. */
function waitingModule(name: string): { url: string; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  Object.assign(globalThis, { [name]: promise });
  return {
    url: `data:text/javascript,await globalThis.${name}; export const loaded = true`,
    release: resolve,
  };
}

it("repeatedly names a module that is still loading, until it is loaded", async () => {
  const clock = new VirtualClock({ seed: 1 });
  const { url, release } = waitingModule("theDatabase");
  const told: string[] = [];
  const loading = loadModule(url, (message) => told.push(message), clock);
  await clock.advance(21_000);
  assert.deepEqual(
    told.map((message) => /for (\d+) seconds/.exec(message)?.[1]),
    ["5", "10", "20"],
  );
  assert.ok(told[0]?.startsWith(url));
  release();
  assert.equal((await loading).loaded, true);
  await clock.advance(60_000);
  assert.equal(told.length, 3);
});

it("reports nothing for a module that loads quickly", async () => {
  const clock = new VirtualClock({ seed: 1 });
  await loadModule("data:text/javascript,export {}", () => assert.fail("nothing is slow"), clock);
  await clock.advance(60_000);
});
