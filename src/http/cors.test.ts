import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, postJson, testApp } from "./app.testing.ts";

const origin = "https://app.example";
const options = { trustedOrigins: [origin], operatorToken: "t0ken" };

const allowed = (response: Response) => [
  response.headers.get("access-control-allow-origin"),
  response.headers.get("access-control-allow-credentials"),
];

function preflight(from: string, method = "POST", headers = "content-type,x-user"): RequestInit {
  return {
    method: "OPTIONS",
    headers: {
      Origin: from,
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": headers,
    },
  };
}

test("a trusted origin's preflight is answered", async () => {
  const { app } = testApp(options);
  for (const path of ["/downloads", "/downloads/x", "/downloads/x/a.csv", "/downloads/events"]) {
    const response = await app.request(path, preflight(origin, "DELETE"));
    assert.equal(response.status, 204, path);
    assert.deepEqual(allowed(response), [origin, "true"]);
    assert.match(response.headers.get("access-control-allow-methods") ?? "", /POST.*DELETE/);
    assert.equal(response.headers.get("access-control-allow-headers"), "content-type,x-user");
  }
});

test("answers may be read by it: JSON, events, files, problems, also those that are refused", async () => {
  const { app, carryout } = testApp(options);
  carryout.putFile("ann", "a.csv", new Uint8Array(3), { id: "f", slot: "f" });
  const headers = { ...ann, Origin: origin };
  for (const path of [
    "/downloads",
    "/downloads/events",
    "/downloads/f/a.csv",
    "/downloads/none",
    "/openapi.json",
  ]) {
    const response = await app.request(path, { headers });
    assert.deepEqual(allowed(response), [origin, "true"], path);
    assert.match(
      response.headers.get("access-control-expose-headers") ?? "",
      /Content-Disposition.*Retry-After/,
    );
    assert.match(response.headers.get("vary") ?? "", /\bOrigin\b/);
    await response.body?.cancel();
  }
  const started = await app.request("/downloads", postJson({ kind: "fake" }, headers));
  assert.deepEqual([started.status, ...allowed(started)], [202, origin, "true"]);
});

test("other origins get no CORS headers, and caches keep the answers apart", async () => {
  const { app } = testApp(options);
  for (const other of [
    "https://evil.example",
    "null",
    "https://app.example.evil.example",
    "http://app.example",
  ]) {
    const response = await app.request("/downloads", preflight(other));
    assert.deepEqual([response.status, ...allowed(response)], [405, null, null], other);
    const read = await app.request("/downloads", { headers: { ...ann, Origin: other } });
    assert.deepEqual(allowed(read), [null, null], other);
    assert.match(read.headers.get("vary") ?? "", /\bOrigin\b/);
  }
});

test("operators' calls are only for our own pages", async () => {
  const { app } = testApp(options);
  const headers = { Authorization: "Bearer t0ken", Origin: origin };
  assert.deepEqual(allowed(await app.request("/cluster/nodes", { headers })), [null, null]);
  assert.deepEqual(allowed(await app.request("/metrics", { headers })), [null, null]);
});
