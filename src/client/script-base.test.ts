import assert from "node:assert/strict";
import { test } from "node:test";
import { ownBase, scriptBase } from "./script-base.ts";

test("the URL of a script served by a node determines where the API is", () => {
  const page = "https://portal.example";
  for (const [script, base] of [
    ["https://portal.example/carryout/elements.js", ""],
    ["https://portal.example/reports/carryout/elements.js?v=1", "/reports"],
    ["https://portal.example/a/b/carryout/cluster.js", "/a/b"],
    ["https://portal.example/assets/main-1a2b3c4d.js", ""],
    ["https://cdn.example/x/carryout/elements.js", ""],
    ["file:///app/node_modules/carryout/elements.js", ""],
  ] as const) {
    assert.equal(scriptBase(script, page), base, script);
  }
  assert.equal(scriptBase("no url", page), "");
  assert.equal(ownBase(), "", "where there is no page");
});
