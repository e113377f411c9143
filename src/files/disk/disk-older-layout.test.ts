import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, sep } from "node:path";
import { type TestContext, test } from "node:test";
import type { FileStore } from "../../ports/file-store.ts";
import { openDiskFileStore } from "./disk-file-store.ts";
import { pathOfKey } from "./disk-layout.ts";

const PARTS = ["id-1/1/00000000", "id-1/1/00000001", "id-1/2/00000000", "id-2/1/00000000", "other"];

/** A folder as the version with layout 1 left it, with its parts, an interrupted write, and things that are not ours. */
async function layout1(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "carryout-layout-"));
  t.after(() => rm(root, { recursive: true }));
  const files = [...PARTS, "id-2/1/~0b5e", "lost+found/stray", "id-2/1/not ours"];
  for (const path of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path);
  }
  await mkdir(join(root, "emptied", "1"), { recursive: true });
  return root;
}

async function contents(store: FileStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { key } of store.list("")) {
    found[key] = "";
    for await (const chunk of store.get(key)) found[key] += Buffer.from(chunk).toString();
  }
  return found;
}

const expected = Object.fromEntries(PARTS.map((key) => [key, key]));

test("disk: parts of layout 1 are read, listed and removed, and nothing else is touched", async (t) => {
  const root = await layout1(t);
  const store = await openDiskFileStore({ root });
  assert.deepEqual(await contents(store), expected);
  await store.put("id-3/1/00000000", Buffer.from("new"));
  assert.deepEqual(await contents(store), { ...expected, "id-3/1/00000000": "new" });
  const keys: string[] = [];
  for await (const { key } of store.list("id-1/1/")) keys.push(key);
  assert.deepEqual(keys.sort(), ["id-1/1/00000000", "id-1/1/00000001"]);
  await store.remove("id-1/1/00000000");
  await assert.rejects(store.get("id-1/1/00000000")[Symbol.asyncIterator]().next(), { code: "missing-part" });
  await store.remove("id-1/");
  await store.remove("id-2/");
  await store.remove("oth");
  assert.deepEqual(await contents(store), { "id-3/1/00000000": "new" });
  assert.deepEqual((await readdir(root)).sort(), ["@2", "id-2", "lost+found"]);
  assert.deepEqual((await readdir(join(root, "id-2", "1"))).sort(), ["not ours", "~0b5e"]);
});

test("disk: a part of layout 1 that is stored again exists once", async (t) => {
  const root = await layout1(t);
  const store = await openDiskFileStore({ root });
  await store.put("id-1/1/00000001", Buffer.from("again"));
  assert.deepEqual(await contents(store), { ...expected, "id-1/1/00000001": "again" });
  const sizes: number[] = [];
  for await (const { size } of store.list("id-1/1/00000001")) sizes.push(size);
  assert.deepEqual(sizes, [5]);
});

test("disk: leftovers of interrupted writes in layout 1 are removed after an hour, with their folders", async (t) => {
  const root = await layout1(t);
  await rm(join(root, "id-2", "1", "not ours"));
  const twoHoursAgo = Date.now() / 1_000 - 7_200;
  await utimes(join(root, "id-2", "1", "~0b5e"), twoHoursAgo, twoHoursAgo);
  const store = await openDiskFileStore({ root });
  await contents(store);
  await store.remove("id-2/");
  await store.remove("id-1/");
  await store.remove("other");
  assert.deepEqual(await readdir(root), ["lost+found"]);
});

test("disk: a folder of a newer layout is refused and left as it is", async (t) => {
  const root = await layout1(t);
  await mkdir(join(root, "@3"));
  const before = (await readdir(root, { recursive: true })).sort();
  await assert.rejects(openDiskFileStore({ root }), {
    code: "store-unusable",
    message: /have layout 3, from a newer Carryout; this version supports up to 2$/,
  });
  assert.deepEqual((await readdir(root, { recursive: true })).sort(), before);
});

test("disk: the paths of parts never change", () => {
  const path = pathOfKey("/files", "0123456789abcdefghijkl/1/00000000").split(sep).join("/");
  assert.equal(path, "/files/@2/3a2/0123456789abcdefghijkl,1,00000000");
});
