import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../..", import.meta.url));

test("what must compile does, and what must not does not", () => {
  const words = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "test/types"];
  const { stdout, status } = spawnSync(process.execPath, words, { cwd: top, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
