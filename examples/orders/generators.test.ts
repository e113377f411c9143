import assert from "node:assert/strict";
import { it } from "node:test";
import { checkResume } from "carryout/testing";
import { orders } from "./generators.ts";

it("writes the same bytes when it is interrupted", async () => {
  const { checkpoints } = await checkResume(orders, { params: { year: 2025 } });
  assert.equal(checkpoints, 3);
});

it("tells the user why it failed", async () => {
  await assert.rejects(checkResume(orders, { params: { year: 1999 } }), {
    code: "generation-failed",
    message: "You have no orders in 1999.",
    expose: true,
    retriable: false,
  });
});
