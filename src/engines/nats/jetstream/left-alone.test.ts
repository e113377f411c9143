import assert from "node:assert/strict";
import { test } from "node:test";
import { isLeftAlone, isPassing, LeftAloneError } from "./stream.ts";

const [heard, silent] = [{ active: 900_000_000 }, { active: 5_000_000_000 }];

test("a leader is isolated if it has not heard from a majority, itself included", () => {
  assert.equal(isLeftAlone([]), false, "one server is its own majority");
  assert.equal(isLeftAlone([heard, silent]), false);
  assert.equal(isLeftAlone([silent, silent]), true);
  assert.equal(isLeftAlone([heard, heard, silent, silent]), false);
  assert.equal(isLeftAlone([heard, silent, silent, silent]), true);
  assert.ok(isPassing(new LeftAloneError()), "the question is asked again");
});
