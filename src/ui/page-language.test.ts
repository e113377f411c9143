import assert from "node:assert/strict";
import { test } from "node:test";
import { withRegion } from "./page-language.ts";

test("a page that leaves the region open is shown in the reader's", () => {
  assert.equal(withRegion("en", ["de-DE", "en-GB", "en-US"]), "en-GB");
  assert.equal(withRegion("de", ["en-GB"]), "de");
  assert.equal(withRegion("en-US", ["en-GB"]), "en-US");
});
