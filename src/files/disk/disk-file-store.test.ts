import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileStoreContract } from "../../ports/contracts/file-store-contract.ts";
import { openDiskFileStore } from "./disk-file-store.ts";

for (const synchronous of ["normal", "full"] as const) {
  fileStoreContract(`disk, ${synchronous}`, async () => {
    const root = await mkdtemp(join(tmpdir(), "carryout-files-"));
    return {
      open: () => openDiskFileStore({ root: join(root, "files"), synchronous }),
      dispose: () => rm(root, { recursive: true }),
    };
  });
}

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryout-disk-"));
});
after(() => rm(folder, { recursive: true }));

test("disk: what interrupted writes left is never listed, and goes with its folder or after an hour", async () => {
  const root = join(folder, "leftovers");
  const store = await openDiskFileStore({ root });
  await store.put("a/part", new Uint8Array(1));
  for (const place of ["a", "b", "c"]) {
    await mkdir(join(root, place), { recursive: true });
    await writeFile(join(root, place, "~left"), "half a par");
  }
  const twoHoursAgo = Date.now() / 1_000 - 7_200;
  await utimes(join(root, "b", "~left"), twoHoursAgo, twoHoursAgo);
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  assert.deepEqual(keys, ["a/part"]);
  assert.deepEqual((await readdir(root)).sort(), ["a", "c"]);
  await store.remove("a/");
  await store.remove("c/");
  assert.deepEqual(await readdir(root), []);
});

test("disk: emptied folders go, the root stays", async () => {
  const root = join(folder, "emptied");
  const store = await openDiskFileStore({ root });
  await store.put("a/b/c", new Uint8Array(1));
  await store.put("d", new Uint8Array(1));
  await store.remove("a/b/c");
  await store.remove("d");
  assert.deepEqual(await readdir(root), ["a"]);
  await store.remove("");
  assert.deepEqual(await readdir(root), []);
});

test("disk: a part in the place of a folder is refused and leaves nothing behind", async () => {
  const root = join(folder, "places");
  const store = await openDiskFileStore({ root });
  await store.put("a", new Uint8Array(1));
  await store.put("b/c", new Uint8Array(1));
  await assert.rejects(store.put("a/b", new Uint8Array(1)), { code: "invalid-request" });
  await assert.rejects(store.put("b", new Uint8Array(1)), { code: "invalid-request" });
  assert.deepEqual((await readdir(root, { recursive: true })).sort(), ["a", "b", join("b", "c")]);
});

test("disk: a root below a regular file is unusable", async () => {
  await writeFile(join(folder, "file"), "");
  const root = join(folder, "file", "root");
  await assert.rejects(openDiskFileStore({ root }), { code: "store-unusable", message: /file\/root/ });
});

const asRoot = process.getuid?.() === 0 ? "root may write everywhere" : false;

test("disk: without permission parts are unavailable, and the message says why", {
  skip: asRoot,
}, async () => {
  const root = join(folder, "forbidden");
  const store = await openDiskFileStore({ root });
  await chmod(root, 0o555);
  const refused = { code: "unavailable", retriable: true, message: "storing a/part: permission denied" };
  await assert.rejects(store.put("a/part", new Uint8Array(1)), refused);
  await assert.rejects(openDiskFileStore({ root }), { code: "store-unusable" });
  await chmod(root, 0o755);
  assert.deepEqual(await readdir(root), []);
});

test("disk: a folder that was removed is made again, one whose parent went too is not", async (t) => {
  const top = await mkdtemp(join(tmpdir(), "carryout-files-"));
  t.after(() => rm(top, { recursive: true, force: true }));
  const root = join(top, "data", "files");
  const store = await openDiskFileStore({ root });
  await store.put("a/1/0", Buffer.from("a"));
  await rm(root, { recursive: true });
  const reading = () => store.get("a/1/0")[Symbol.asyncIterator]().next();
  await assert.rejects(reading(), { code: "missing-part" });
  await store.put("b/1/0", Buffer.from("b"));
  await rm(join(top, "data"), { recursive: true });
  await assert.rejects(reading(), { code: "unavailable" });
  await assert.rejects(store.put("c/1/0", Buffer.from("c")), {
    code: "unavailable",
    message: /no longer exists/,
  });
});
