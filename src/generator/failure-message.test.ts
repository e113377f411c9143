import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../errors.ts";
import { StartOverError } from "./executor.ts";
import { failureFrom, failureMessage } from "./failure-message.ts";
import { aborted } from "./generation.ts";

function crossed(error: unknown) {
  return failureFrom(structuredClone(failureMessage(error)));
}

test("a failure crosses with its cause, and with whom it is meant for", () => {
  const cause = new Error("connect ECONNREFUSED 127.0.0.1:1");
  const failed = crossed(new TypeError("fetch failed", { cause }));
  assert.deepEqual(
    [failed.code, failed.message, failed.retriable, failed.expose],
    ["generation-failed", "fetch failed", true, false],
  );
  const thrown = failed.cause as Error & { cause: Error };
  assert.equal(thrown.name, "TypeError");
  assert.match(thrown.stack ?? "", /failure-message\.test/);
  assert.equal(thrown.cause.message, cause.message);

  const told = crossed(new UserError("You have no orders."));
  assert.deepEqual([told.message, told.retriable, told.expose], ["You have no orders.", false, true]);
  assert.equal(crossed(aborted()).code, "aborted");
});

test("that a file has to be started over crosses too", () => {
  const changed = Object.assign(new Error("the source has changed"), { startOver: true });
  assert.ok(crossed(changed) instanceof StartOverError);
  assert.ok(!(crossed(new Error("the source has changed")) instanceof StartOverError));
});

test("a message is one line of bounded length, whatever was thrown", () => {
  assert.equal(crossed("a\u0000b\n\n c\u202Ed").message, "a b c d");
  assert.ok(crossed(new Error("long ".repeat(1e6))).message.length <= 500);
  for (const thrown of [undefined, null, "", Symbol("x"), { message: 5 }, Object.create(null)]) {
    assert.ok(crossed(thrown).message.length > 0);
  }
});
