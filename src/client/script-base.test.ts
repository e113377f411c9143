import assert from "node:assert/strict";
import { test } from "node:test";
import { ownBase, servedFrom } from "./script-base.ts";

test("the URL of a script served by a node determines where the API is", () => {
  const page = "https://portal.example";
  for (const [script, base] of [
    ["https://portal.example/carryout/elements.js", ""],
    ["https://portal.example/reports/carryout/elements.js?v=1", "/reports"],
    ["https://portal.example/a/b/carryout/cluster.js", "/a/b"],
    ["https://portal.example/assets/main-1a2b3c4d.js", null],
    ["https://cdn.example/x/carryout/elements.js", null],
    ["file:///app/node_modules/carryout/elements.js", null],
  ] as const) {
    assert.equal(servedFrom(script, page), base, script);
  }
  assert.equal(servedFrom("no url", page), null);
  assert.equal(ownBase(), "", "where there is no page");
});
