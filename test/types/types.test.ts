import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../..", import.meta.url));

test("valid uses compile, and invalid ones do not", () => {
  const words = ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "test/types"];
  const { stdout, status } = spawnSync(process.execPath, words, { cwd: top, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
