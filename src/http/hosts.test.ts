import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, postJson, recordingLog, testApp } from "./app.testing.ts";
import { ownHosts } from "./hosts.ts";

test("accepts addresses, names that can't be registered, and configured names", () => {
  const isOwn = ownHosts(["files.example.com", "*.tenants.example"]);
  for (const host of [
    "localhost:4000",
    "app.localhost",
    "127.0.0.1:4000",
    "127.9.9.9",
    "[::1]:4000",
    "10.0.0.5",
    "intranet",
    "carryout_nodes",
    "n1.local",
    "files.corp.internal:8080",
    "files.example.com:443",
    "FILES.EXAMPLE.COM",
    "files.example.com.",
    "a.tenants.example",
    "a.b.tenants.example",
  ]) {
    assert.equal(isOwn(host), true, host);
  }
  for (const host of [
    "evil.example:4000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost.com",
    "tenants.example",
    "xfiles.example.com",
    "example.com",
    "evil.example#.localhost",
    "a b",
    "",
  ]) {
    assert.equal(isOwn(host), false, host);
  }
  assert.equal(ownHosts(["*"])("evil.example"), true);
});

const paths = [
  "/",
  "/downloads",
  "/downloads/x",
  "/downloads/events",
  "/openapi.json",
  "/carryout/a.js",
  "/metrics",
];

test("a name that was made to point here gets 421 on all paths, and the log tells", async () => {
  const log = recordingLog();
  const { app, carryout } = testApp({ hosts: [], log });
  for (const path of paths) {
    const response = await app.request(path, { headers: { ...ann, Host: "evil.example:4000" } });
    assert.equal(response.status, 421, path);
    const { code, detail } = await response.json();
    assert.equal(code, "unknown-host");
    assert.match(detail, /"evil\.example:4000".*CARRYOUT_HOSTS/);
  }
  const asked = postJson({ kind: "fake" }, { ...ann, Host: "evil.example:4000" });
  assert.equal((await app.request("/downloads", asked)).status, 421);
  assert.deepEqual(carryout.requests, []);
  assert.deepEqual(log.lines[0]?.fields.code, "unknown-host");
});

test("load balancers may ask for the health by any name", async () => {
  const { app } = testApp({ hosts: [] });
  for (const path of ["/healthz", "/readyz"]) {
    assert.equal((await app.request(path, { headers: { Host: "shop.example" } })).status, 200, path);
  }
});

test("both the request's own host and those of a trusted proxy have to be known", async () => {
  const status = async (options: object, headers: Record<string, string>) =>
    (await testApp({ hosts: [], ...options }).app.request("/downloads", { headers: { ...ann, ...headers } }))
      .status;
  const forwarded = { Host: "127.0.0.1:4000", "X-Forwarded-Host": "localhost, shop.example" };
  assert.equal(await status({ trustProxy: true }, forwarded), 421);
  assert.equal(await status({ trustProxy: true, publicOrigins: ["https://shop.example"] }, forwarded), 200);
  assert.equal(await status({ trustProxy: false }, forwarded), 200, "nobody's word");
  const rebound = { Host: "evil.example", "X-Forwarded-Host": "localhost" };
  assert.equal(await status({ trustProxy: true }, rebound), 421);
});

test("mounted in another server it answers to all names, unless they are said", async () => {
  const headers = { ...ann, Host: "shop.example" };
  assert.equal((await testApp().app.request("/downloads", { headers })).status, 200);
});
