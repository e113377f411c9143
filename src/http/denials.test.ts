import assert from "node:assert/strict";
import { test } from "node:test";
import { callerAt, recordingLog, testApp } from "./app.testing.ts";

test("wrong tokens are logged per address: the first one, then how many more", async () => {
  const log = recordingLog();
  const { app, clock } = testApp({ operatorToken: "t0ken-of-the-operators", log });
  for (let guess = 0; guess < 20; guess++) {
    const headers = { Authorization: `Bearer guess-${guess}` };
    await app.request("/cluster/nodes?x=guessed", { headers }, callerAt("192.0.2.7"));
  }
  await app.request("/cluster/nodes", {}, callerAt("192.0.2.8"));
  clock.advance(20_000);
  const told = log.lines.map(({ level, fields }) => [
    level,
    fields.code,
    fields.path,
    fields.address,
    fields.leftOut,
  ]);
  assert.deepEqual(told, [
    ["warn", "forbidden", "/cluster/nodes", "192.0.2.7", undefined],
    ["warn", "forbidden", "/cluster/nodes", "192.0.2.8", undefined],
    ["warn", "forbidden", "/cluster/nodes", "192.0.2.7", 18],
  ]);
  assert.doesNotMatch(JSON.stringify(log.lines), /guess/);
});

test("a caller with many addresses fills neither the log nor memory", async () => {
  const log = recordingLog();
  const { app } = testApp({ operatorToken: "t0ken-of-the-operators", log });
  for (let index = 0; index < 1_000; index++) {
    await app.request("/metrics", {}, callerAt(`10.0.${index >> 8}.${index & 255}`));
  }
  assert.equal(log.lines.length, 101);
});

test("unauthenticated requests are logged below warning level", async () => {
  const log = recordingLog();
  await testApp({ log }).app.request("/downloads");
  assert.deepEqual([log.lines[0]?.level, log.lines[0]?.fields.code], ["info", "unauthenticated"]);
});
