import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isCarryoutError } from "../../errors.ts";
import { DiskRoot } from "./disk-root.ts";

test("simultaneous checks look once, and one that begins during a look gets the answer of a later one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "carryout-root-"));
  try {
    let looks = 0;
    let refusal: string | null = null;
    const root = await DiskRoot.open(folder, () => {
      looks += 1;
      return refusal;
    });
    const first = [root.check(), root.check(), root.check()];
    while (looks === 0) await null;
    refusal = "another node's";
    const later = [root.check(), root.check()].map((check) => assert.rejects(check, isUnavailable));
    await Promise.all(first);
    await Promise.all(later);
    assert.equal(looks, 2);
    refusal = null;
    await root.check();
    assert.equal(looks, 3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function isUnavailable(error: unknown): boolean {
  return isCarryoutError(error, "unavailable");
}
