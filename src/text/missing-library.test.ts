import assert from "node:assert/strict";
import { it } from "node:test";
import { CarryoutError } from "../errors.ts";
import { explainMissing } from "./missing-library.ts";

const explain = explainMissing("the format x", ["no-such-library", "its-friend"]);

it("says how to install a library that is not there", async () => {
  const name: string = "no-such-library";
  await assert.rejects(import(name).catch(explain), (error: CarryoutError) => {
    assert.ok(error instanceof CarryoutError);
    assert.equal(error.code, "invalid-config");
    assert.equal(
      error.message,
      "the format x needs no-such-library, which is not installed; run: npm install no-such-library its-friend",
    );
    return true;
  });
});

it("passes on every other error", async () => {
  const other: string = "some-other-library";
  await assert.rejects(import(other).catch(explain), { code: "ERR_MODULE_NOT_FOUND" });
  const mistake = new Error("'no-such-library' is broken");
  assert.throws(() => explain(mistake), mistake);
});
