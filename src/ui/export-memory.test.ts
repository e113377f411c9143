import assert from "node:assert/strict";
import { test } from "node:test";
import { lastChosen, rememberChosen } from "./export-memory.ts";

// Node has no localStorage here, like a browser that blocks site data.
test("the last choice is restored; where storage is blocked, until the page is closed", () => {
  assert.deepEqual(lastChosen("a"), new Map());
  rememberChosen("a", new Map([["kind", ["orders.pdf"]]]), new Set());
  assert.deepEqual(lastChosen("a"), new Map([["kind", ["orders.pdf"]]]));
  assert.deepEqual(lastChosen("b"), new Map());
});

test("the page's settings don't replace the user's own choice", () => {
  const own = new Map([
    ["params.country", ["FR"]],
    ["kind", ["orders.pdf"]],
  ]);
  rememberChosen("c", own, new Set());
  rememberChosen("c", new Map(), new Set(["params.country"]));
  assert.deepEqual(lastChosen("c"), new Map([["params.country", ["FR"]]]));
});
