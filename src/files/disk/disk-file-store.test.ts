import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileStoreContract } from "../../ports/contracts/file-store-contract.ts";
import { openDiskFileStore } from "./disk-file-store.ts";
import { pathOfKey } from "./disk-layout.ts";
import { unprivileged } from "./unprivileged.testing.ts";

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

/** All paths below the root, including folders. */
const paths = async (root: string) => (await readdir(root, { recursive: true })).sort();

test("disk: leftovers of interrupted writes are never listed, and are removed after an hour", async () => {
  const root = join(folder, "leftovers");
  const store = await openDiskFileStore({ root });
  await store.put("a/part", new Uint8Array(1));
  const part = pathOfKey(root, "a/part");
  const [fresh, old] = [join(dirname(part), "~fresh"), join(dirname(part), "~old")];
  for (const path of [fresh, old]) await writeFile(path, "half a par");
  const twoHoursAgo = Date.now() / 1_000 - 7_200;
  await utimes(old, twoHoursAgo, twoHoursAgo);
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  assert.deepEqual(keys, ["a/part"]);
  assert.deepEqual((await readdir(dirname(part))).sort(), ["a,part", "~fresh"]);
  await store.remove("a/");
  assert.deepEqual(await readdir(dirname(part)), ["~fresh"]);
});

test("disk: a write that fails leaves nothing behind, of any size, also where the folder is shared", async () => {
  for (const isShared of [false, true]) {
    const root = join(folder, `failed-${isShared}`);
    const store = await openDiskFileStore({ root, isShared });
    const part = pathOfKey(root, "a/part");
    await mkdir(join(part, "in the way"), { recursive: true });
    for (const size of [1, 16_384, 16_385]) await assert.rejects(store.put("a/part", new Uint8Array(size)));
    assert.deepEqual(await readdir(dirname(part)), ["a,part"]);
    await rm(part, { recursive: true });
    for (const size of [1, 16_384, 16_385]) {
      await store.put("a/part", new Uint8Array(size));
      assert.deepEqual(await readdir(dirname(part)), ["a,part"]);
      assert.equal((await stat(part)).size, size);
      assert.equal((await stat(part)).mode & 0o777, 0o600);
    }
  }
});

test("disk: the parts of a download share a folder, which stays when they are removed", async () => {
  const root = join(folder, "emptied");
  const store = await openDiskFileStore({ root });
  await store.put("a/1/0", new Uint8Array(1));
  await store.put("a/2/0", new Uint8Array(1));
  const part = relative(root, pathOfKey(root, "a/1/0"));
  const folders = [dirname(dirname(part)), dirname(part)];
  assert.deepEqual(await paths(root), [...folders, part, join(dirname(part), "a,2,0")]);
  await store.remove("a/1/0");
  await store.remove("a/");
  assert.deepEqual(await paths(root), folders);
  await store.put("b/1/0", new Uint8Array(1));
  await store.remove("");
  const { length } = (await paths(root)).filter((path) => path.includes(","));
  assert.equal(length, 0);
});

test("disk: one key may be the beginning of another", async () => {
  const store = await openDiskFileStore({ root: join(folder, "places") });
  for (const key of ["a", "a/b", "a/b/c"]) await store.put(key, Buffer.from(key));
  for (const key of ["a", "a/b", "a/b/c"]) {
    for await (const chunk of store.get(key)) assert.equal(Buffer.from(chunk).toString(), key);
  }
});

test("disk: a root below a regular file is unusable", async () => {
  await writeFile(join(folder, "file"), "");
  const root = join(folder, "file", "root");
  await assert.rejects(openDiskFileStore({ root }), { code: "store-unusable", message: /file\/root/ });
});

test("disk: without permission parts are unavailable, and the message says why", async (t) => {
  const top = await mkdtemp(join(tmpdir(), "carryout-files-"));
  t.after(() => rm(top, { recursive: true }));
  await unprivileged(top, async () => {
    const root = join(top, "forbidden");
    const store = await openDiskFileStore({ root });
    await chmod(root, 0o500);
    const refused = { code: "unavailable", retriable: true, message: "storing a/part: permission denied" };
    await assert.rejects(store.put("a/part", new Uint8Array(1)), refused);
    await assert.rejects(openDiskFileStore({ root }), { code: "store-unusable" });
    await chmod(root, 0o700);
    assert.deepEqual(await readdir(root), []);
  });
});

test("disk: a removed folder is recreated, but not if its parent is missing too", async (t) => {
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

test("disk: of clusters that are given one folder at once, one gets it, at all its nodes, until its note is removed", async () => {
  const root = join(folder, "claimed");
  const clusters = ["a", "b"].map((id) => ({ id, name: `postgres://db/${id}` }));
  const open = () => openDiskFileStore({ root, isShared: true });
  const asked = await Promise.allSettled(
    [...clusters, ...clusters].map(async (cluster) => (await open()).claim(cluster)),
  );
  const [first, second] = asked.map(({ status }) => status === "fulfilled");
  assert.notEqual(first, second);
  assert.deepEqual(
    asked.map(({ status }) => status === "fulfilled"),
    [first, second, first, second],
  );
  const [owner, other] = first ? clusters : clusters.toReversed();
  const store = await open();
  await store.claim(owner!);
  const refusal = { code: "store-unusable", message: /belongs to the cluster on postgres:.* folder/ };
  await assert.rejects(store.claim(other!), refusal);
  assert.deepEqual(await Array.fromAsync(store.list("")), []);
  await rm(join(root, "!carryout.json"));
  await store.claim(other!);
  await assert.rejects(store.claim(owner!), refusal);

  await (await openDiskFileStore({ root })).claim(owner!); // in a folder of its engine
});
