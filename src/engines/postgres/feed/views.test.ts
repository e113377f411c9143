import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Views } from "./views.ts";

test("what a node views is repeated while it lasts, however often watchers of it begin and end", async () => {
  const clock = new VirtualClock({ seed: 1 });
  const told: string[] = [];
  const session = { listen: () => () => {}, onConnect: () => () => {} };
  const views = new Views({
    schema: "any",
    session: session as unknown as PostgresSession,
    announcing: { announce: (_channel, { key }) => void told.push(key) },
    clock,
    closing: new AbortController().signal,
  });
  const end = views.begin("ann");
  assert.deepEqual(told, ["ann"]);
  for (let round = 0; round < 10; round += 1) {
    await clock.advance(2_000);
    views.begin("ann")();
  }
  assert.deepEqual(told, ["ann", "ann", "ann", "ann", "ann"]);
  end();
  await clock.advance(60_000);
  assert.equal(told.length, 5);
  views.begin("bob")();
  assert.deepEqual(told.slice(5), ["bob"]);
});
