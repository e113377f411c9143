import assert from "node:assert/strict";
import { test } from "node:test";
import { isBelow, normalBasePath, withoutBase } from "./base-path.ts";

test("a base path has no slash at its end, and the root is empty", () => {
  for (const [given, normal] of [
    ["", ""],
    ["/", ""],
    ["/exports/", "/exports"],
    ["/a/b-c.d~e_f", "/a/b-c.d~e_f"],
  ] as const) {
    assert.equal(normalBasePath(given), normal);
  }
});

test("what lies behind it is the same, whether a proxy has stripped it or not", () => {
  for (const [url, inside] of [
    ["/exports/downloads?limit=1", "/downloads?limit=1"],
    ["/exports", "/"],
    ["/exports?x", "/?x"],
    ["/exports/", "/"],
    ["/downloads", "/downloads"],
    ["/exportsx/downloads", "/exportsx/downloads"],
  ] as const) {
    assert.equal(withoutBase(url, "/exports"), inside, url);
  }
  assert.equal(withoutBase("/downloads", ""), "/downloads");
  assert.equal(isBelow("/exportsx", "/exports"), false);
  assert.equal(isBelow("/exports?x", "/exports"), true);
});
