import assert from "node:assert/strict";
import { test } from "node:test";
import { routesWithoutApplication } from "./application.ts";

test("where there is no application, its paths are answered as all others are", async () => {
  const routes = await routesWithoutApplication();
  const start = await routes.request("/");
  assert.equal(start.headers.get("location"), "/cluster");
  for (const [path, method, status] of [
    ["/nowhere", "GET", 404],
    ["/", "DELETE", 405],
  ] as const) {
    const response = await routes.request(path, { method });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
  }
});
