import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { sharedSecret } from "./shared-secret.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "carryout-secret-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("simultaneous callers get the same secret, and it stays", async () => {
  const path = join(dir, "secret");
  const secrets = await Promise.all(Array.from({ length: 20 }, () => sharedSecret(path)));
  assert.equal(new Set(secrets).size, 1);
  assert.equal(Buffer.from(secrets[0]!, "base64url").length, 32);
  assert.equal(await sharedSecret(path), secrets[0]);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir), ["secret"]);
});

test("a secret that others can read, copied or restored, becomes private again", async () => {
  const path = join(dir, "operator-token");
  const secret = await sharedSecret(path);
  await chmod(path, 0o644);
  assert.equal(await sharedSecret(path), secret);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test("a damaged secret is refused, not replaced", async () => {
  const path = join(dir, "secret");
  await writeFile(path, "short");
  await assert.rejects(sharedSecret(path), { code: "store-unusable", message: /signs everyone out/ });
});

test("an unusable folder is reported", async () => {
  await assert.rejects(sharedSecret(join(dir, "missing", "secret")), { code: "store-unusable" });
});
