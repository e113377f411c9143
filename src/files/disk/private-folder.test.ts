import assert from "node:assert/strict";
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Log, silentLog } from "../../telemetry/log.ts";
import { makePrivateFolder } from "./private-folder.ts";

test("a private folder is made so, or closed, or refused", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "carryout-private-"));
  t.after(() => rm(dir, { recursive: true }));
  const made = join(dir, "a", "nodes");
  await makePrivateFolder(made);
  assert.equal((await stat(made)).mode & 0o777, 0o700);
  await chmod(made, 0o755);
  await makePrivateFolder(made);
  assert.equal((await stat(made)).mode & 0o777, 0o700);
  await mkdir(join(dir, "elsewhere"));
  await symlink(join(dir, "elsewhere"), join(dir, "link"));
  await assert.rejects(makePrivateFolder(join(dir, "link")), { code: "store-unusable" });
});

test("a data folder may be a link, and that it was open is logged once", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "carryout-private-"));
  t.after(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, "volume"), { mode: 0o755 });
  await chmod(join(dir, "volume"), 0o755);
  await symlink(join(dir, "volume"), join(dir, "data"));
  const lines: Record<string, unknown>[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void lines.push(fields) };
  await makePrivateFolder(join(dir, "data"), { mayBeLink: true, log });
  await makePrivateFolder(join(dir, "data"), { mayBeLink: true, log });
  assert.equal((await stat(join(dir, "volume"))).mode & 0o777, 0o700);
  assert.deepEqual(lines, [{ path: join(dir, "data"), mode: "755" }]);
});

test("a folder of another user is refused with what to do; root may use it as a data folder", async (t) => {
  if (process.getuid?.() !== 0) {
    await assert.rejects(makePrivateFolder("/", { mayBeLink: true }), {
      code: "store-unusable",
      message: /belongs to user 0.*chown.*choose a folder inside/,
    });
    return;
  }
  const dir = await mkdtemp(join(tmpdir(), "carryout-private-"));
  t.after(() => rm(dir, { recursive: true }));
  await chown(dir, 65534, 65534);
  await assert.rejects(makePrivateFolder(dir), {
    code: "store-unusable",
    message: /belongs to user 65534.*chown 0/,
  });
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
  await makePrivateFolder(dir, { mayBeLink: true, log });
  assert.deepEqual(warnings, ["this folder belongs to another user, who can read its contents"]);
});
