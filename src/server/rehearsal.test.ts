import assert from "node:assert/strict";
import { test } from "node:test";
import { rehearse } from "./rehearsal.ts";

test("a rehearsal takes a download over and completes it, once in a process, and leaves nothing running", async () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const [first, second] = await Promise.all([rehearse(), rehearse()]);
  assert.equal(first, second);
  assert.deepEqual([first.state, first.epoch, first.checkpoints.count], ["ready", 2, 2]);
  assert.equal(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length, before);
});
