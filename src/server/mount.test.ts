import assert from "node:assert/strict";
import { test } from "node:test";
import { isMounted, mountedUrl } from "./mount.ts";

const root = { basePath: "", operations: false };
const below = { basePath: "/exports", operations: true };

test("at the root a node takes what its pages need, and the operations' paths only when asked", () => {
  for (const path of ["/downloads", "/downloads/x/y.csv", "/cluster?x", "/carryout/elements.js"]) {
    assert.equal(isMounted(path, root), true, path);
  }
  for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json"]) {
    assert.equal(isMounted(path, root), false, path);
    assert.equal(isMounted(path, { ...root, operations: true }), true, path);
  }
  for (const path of ["/", "/downloadsx", "/exports/downloads"])
    assert.equal(isMounted(path, root), false, path);
});

test("below a base path it takes nothing outside, and of what is inside only its own", () => {
  for (const path of ["/exports/downloads", "/exports/healthz", "/exports/cluster?x"]) {
    assert.equal(isMounted(path, below), true, path);
  }
  for (const path of ["/downloads", "/healthz", "/exports", "/exports/mine", "/exportsx/downloads"]) {
    assert.equal(isMounted(path, below), false, path);
  }
});

test("wherever a framework mounts it, the path is the one that browsers see", () => {
  const whole = "/exports/downloads?limit=1";
  for (const request of [
    { url: whole },
    { url: whole, originalUrl: whole, baseUrl: "" },
    { url: "/downloads?limit=1", originalUrl: whole, baseUrl: "/exports" },
  ]) {
    assert.equal(mountedUrl(request, below), whole);
  }
  const behindProxy = { url: "/downloads", originalUrl: "/exports/downloads", baseUrl: "/exports" };
  const portal = { basePath: "/portal/exports", operations: true };
  assert.equal(mountedUrl(behindProxy, portal), "/portal/exports/downloads");
  assert.equal(mountedUrl({ url: "/mine", originalUrl: "/exports/mine", baseUrl: "/exports" }, below), null);
});

test("a mount that the base path does not know is refused in words", () => {
  const request = { url: "/downloads", originalUrl: "/exports/downloads", baseUrl: "/exports" };
  assert.throws(() => mountedUrl(request, root), /mounted under "\/exports", but its basePath is "\/"/);
});
