import assert from "node:assert/strict";
import { test } from "node:test";
import { testMember } from "../../ports/contracts/membership-contract.ts";
import { silentLog } from "../../telemetry/log.ts";
import { openMemoryEngine, shareMemory } from "./memory-engine.ts";

test("nodes that share memory see each other, and others do not", async () => {
  const shared = shareMemory();
  const one = await openMemoryEngine(silentLog, shared);
  const two = await openMemoryEngine(silentLog, shared);
  const stranger = await openMemoryEngine(silentLog);
  await one.membership.join(testMember("one"));
  await one.files.put("part", new Uint8Array([1]));
  assert.deepEqual(two.membership.members(), [testMember("one")]);
  const keys: string[] = [];
  for await (const { key } of two.files.list("")) keys.push(key);
  assert.deepEqual(keys, ["part"]);
  assert.equal(two.secret, one.secret);
  assert.deepEqual(stranger.membership.members(), []);
  assert.notEqual(stranger.secret, one.secret);
  await one.close();
  assert.deepEqual(two.membership.members(), []);
});

test("a closed engine reports that it is closed", async () => {
  const engine = await openMemoryEngine(silentLog);
  assert.equal(engine.trouble(), null);
  await Promise.all([engine.close(), engine.close()]);
  assert.equal(engine.trouble(), "the engine is closed");
  await assert.rejects(engine.repo.slots.fetch("key"), { code: "closed" });
});
