import assert from "node:assert/strict";
import { test } from "node:test";
import { lastChosen, rememberChosen } from "./export-memory.ts";

// Node has no localStorage here, which is what a browser that blocks site data looks like.
test("the last choice is known again, as long as the page lives where storage is blocked", () => {
  assert.deepEqual(lastChosen("a"), new Map());
  rememberChosen("a", new Map([["kind", ["orders.pdf"]]]), new Set());
  assert.deepEqual(lastChosen("a"), new Map([["kind", ["orders.pdf"]]]));
  assert.deepEqual(lastChosen("b"), new Map());
});

test("what the page decided doesn't replace the user's own choice", () => {
  const own = new Map([
    ["params.country", ["FR"]],
    ["kind", ["orders.pdf"]],
  ]);
  rememberChosen("c", own, new Set());
  rememberChosen("c", new Map(), new Set(["params.country"]));
  assert.deepEqual(lastChosen("c"), new Map([["params.country", ["FR"]]]));
});
