import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

const STORE = new URL("../../src/files/disk/disk-file-store.ts", import.meta.url);
const noLimits = process.platform === "win32" ? "no ulimit" : false;

test("disk: a partly written part fails as unavailable and leaves no file", {
  skip: noLimits,
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), "carryout-limited-"));
  t.after(() => rm(root, { recursive: true }));
  const writer = `
    const { openDiskFileStore } = await import(${JSON.stringify(STORE.href)});
    const store = await openDiskFileStore({ root: process.env.ROOT });
    await store.put("a/part", new Uint8Array(5_000_000)).catch(({ code, message }) => console.log(code, message));`;
  // The file size limit simulates a full disk: the write fails after some of the bytes.
  const child = spawn(
    "sh",
    ["-c", 'ulimit -f 1000; exec "$0" --input-type=module -e "$1"', process.execPath, writer],
    {
      env: { ...process.env, ROOT: root },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  assert.match(await text(child.stdout), /^unavailable storing a\/part: the file exceeds/);
  const left = await readdir(root, { recursive: true, withFileTypes: true });
  assert.deepEqual(
    left.filter((entry) => entry.isFile()),
    [],
  );
});
