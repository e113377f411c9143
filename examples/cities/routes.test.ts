import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoutesContext } from "carryout";
import routes from "./routes.ts";

test("the page allows only its own scripts and styles, and can't be framed", async () => {
  const carryout = {
    name: "n1",
    list: async () => [],
    exports: () => [],
  } as unknown as RoutesContext["carryout"];
  const app = routes({ carryout, user: async () => null, assetsPath: "/carryout", basePath: "" });
  const response = await app.request("/?country=LU");
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy")?.split("; ") ?? [];
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.ok(!policy.join().includes("unsafe"));
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.doesNotMatch(await response.text(), /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
});
