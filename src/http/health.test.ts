import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, callerAt, postJson, recordingLog, testApp } from "./app.testing.ts";

const operatorToken = "t0ken-of-the-operators";
const asOperator = { Authorization: `Bearer ${operatorToken}` };

test("healthz reports that the process answers, whatever the engine's state", async () => {
  const { app, carryout } = testApp();
  carryout.troubled = "no engine";
  const response = await app.request("/healthz");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "alive" });
});

test("readyz reports whether the node accepts requests, and the reason only to operators and the log", async () => {
  const log = recordingLog();
  const { app, carryout } = testApp({ operatorToken, log });
  assert.equal((await app.request("/readyz")).status, 200);
  carryout.troubled = "/srv/data/carryout.db is gone";
  const response = await app.request("/readyz", {}, callerAt("127.0.0.1"));
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  const text = await response.text();
  assert.equal(JSON.parse(text).code, "not-serving");
  assert.ok(!text.includes("/srv/data"), text);
  const told = await (await app.request("/readyz", { headers: asOperator })).json();
  assert.equal(told.reason, "/srv/data/carryout.db is gone");
  assert.equal(log.lines[0]?.fields.reason, "/srv/data/carryout.db is gone");
});

test("a draining node serves on, but asks for no new traffic", async () => {
  const { app, carryout } = testApp();
  carryout.draining = true;
  assert.equal((await app.request("/readyz")).status, 503);
  assert.equal((await app.request("/downloads", { headers: ann })).status, 200);
});

test("metrics count answers and deliveries, and name no user", async () => {
  const { app, carryout } = testApp({ operatorToken });
  carryout.view.unfinished = 5;
  carryout.putFile("ann", "a.csv", new Uint8Array(1_234), { id: "secret-id", slot: "other" });
  await app.request("/downloads", postJson({ kind: "fake" }));
  await app.request("/downloads/unknown", { headers: ann });
  await app.request("/downloads/events", { method: "HEAD", headers: ann });
  await (await app.request("/downloads/secret-id/a.csv", { headers: ann })).arrayBuffer();
  const stream = await app.request("/downloads/events", { headers: ann });

  const response = await app.request("/metrics", { headers: asOperator });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  const text = await response.text();
  for (const line of [
    'carryout_http_requests_total{route="/downloads",method="POST",status="202"} 1',
    'carryout_http_requests_total{route="/downloads/:id",method="GET",status="404"} 1',
    'carryout_http_requests_total{route="/downloads/events",method="HEAD",status="200"} 1',
    'carryout_http_requests_total{route="/downloads/:id/:name",method="GET",status="200"} 1',
    "carryout_file_bytes_total 1234",
    "carryout_nodes 2",
    "carryout_downloads_unfinished 5",
    "carryout_downloads_running 1",
    "carryout_event_streams 1",
    "carryout_ready 1",
  ]) {
    assert.ok(text.split("\n").includes(line), `${line} in\n${text}`);
  }
  assert.doesNotMatch(text, /ann|secret-id/);
  await stream.body?.cancel();
});

test("metrics are for operators alone", async () => {
  const { app } = testApp({ operatorToken: "t0ken" });
  assert.equal((await app.request("/metrics", {}, callerAt("127.0.0.1"))).status, 403);
  const headers = { Authorization: "Bearer t0ken" };
  assert.equal((await app.request("/metrics", { headers }, callerAt("10.0.0.7"))).status, 200);
});
