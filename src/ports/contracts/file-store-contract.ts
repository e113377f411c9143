/** @module The contract of every FileStore adapter, as a test suite. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ByteRange, FileStore } from "../file-store.ts";

/** Separate parts for one test. */
export interface FileStoreCluster {
  /** Another node's store over the same parts. */
  open(): Promise<FileStore>;
  /** Closes what is still open and removes the parts. */
  dispose(): Promise<void>;
}

// biome-ignore format: one item per line would be no clearer
const HOSTILE_KEYS = [
  "", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "a/./b", ".../a", "a\\b",
  "a\0b", "a b", "a%2e", "~a", "C:a", "ä", "a\n", "k".repeat(256),
];

/** What an adapter declares that not every store has: its tests run only then. */
export interface FileStoreTraits {
  /** It delivers files to clients: see `DirectDelivery`. */
  direct?: boolean;
}

const MIB = 1024 * 1024;

/** Runs the suite against an adapter. */
export function fileStoreContract(
  name: string,
  make: () => Promise<FileStoreCluster>,
  { direct = false }: FileStoreTraits = {},
): void {
  describe(`FileStore: ${name}`, () => {
    let cluster: FileStoreCluster;
    let one: FileStore;
    let two: FileStore;

    beforeEach(async () => {
      cluster = await make();
      [one, two] = await Promise.all([cluster.open(), cluster.open()]);
    });
    afterEach(() => cluster.dispose());

    test("a stored part can be read from every node", async () => {
      await one.put("download/1-0", bytesOf("first"));
      await two.put("download/1-1", bytesOf("second"));
      assert.equal(textOf(await read(two, "download/1-0")), "first");
      assert.equal(textOf(await read(one, "download/1-1")), "second");
    });

    test("put overwrites, and a part is always read whole during a put", async () => {
      const contents = [1, 2, 3].map((fill) => new Uint8Array(300_000).fill(fill));
      await one.put("a/part", contents[0]!);
      const writing = (async () => {
        for (let round = 0; round < 20; round += 1) await one.put("a/part", contents[round % 3]!);
      })();
      for (let round = 0; round < 20; round += 1) {
        const bytes = await read(two, "a/part");
        assert.ok(contents.some((content) => Buffer.compare(content, bytes) === 0));
      }
      await writing;
      assert.equal((await all(one.list(""))).length, 1);
    });

    test("two simultaneous puts of one key leave one of them, whole", async () => {
      const contents = Array.from({ length: 8 }, (_, fill) => new Uint8Array(200_000 + fill).fill(fill));
      await Promise.all(contents.map((content, index) => (index % 2 ? one : two).put("a/part", content)));
      const bytes = await read(one, "a/part");
      assert.ok(contents.some((content) => Buffer.compare(content, bytes) === 0));
    });

    test("parts are copies: changing the bytes given or received changes nothing stored", async () => {
      const given = bytesOf("original");
      await one.put("a/part", given);
      given.fill(0);
      for await (const chunk of one.get("a/part")) chunk.fill(0);
      assert.equal(textOf(await read(one, "a/part")), "original");
    });

    test("ranges return exactly their bytes", async () => {
      const size = 300_001;
      const content = patterned(size);
      await one.put("a/part", content);
      const edges = [0, 1, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, size - 2, size - 1];
      for (const start of edges) {
        for (const end of edges.filter((edge) => edge >= start)) {
          const bytes = await read(one, "a/part", { start, end });
          assert.ok(Buffer.compare(content.subarray(start, end + 1), bytes) === 0, `${start}-${end}`);
        }
      }
    });

    test("a range beyond the part fails instead of returning fewer bytes", async () => {
      await one.put("a/part", bytesOf("12345"));
      const beyond: [number, number][] = [
        [0, 5],
        [5, 5],
        [4, 1_000],
      ];
      for (const [start, end] of beyond) {
        await assert.rejects(read(one, "a/part", { start, end }), { code: "missing-part" });
      }
      const senseless: [number, number][] = [
        [-1, 2],
        [3, 2],
        [0.5, 2],
        [0, Number.NaN],
      ];
      for (const [start, end] of senseless) {
        await assert.rejects(read(one, "a/part", { start, end }), TypeError);
      }
    });

    test("an empty part exists and has no bytes", async () => {
      await one.put("a/empty", new Uint8Array(0));
      assert.equal((await read(two, "a/empty")).length, 0);
      assert.deepEqual(await sizes(one, ""), [["a/empty", 0]]);
      await assert.rejects(read(two, "a/empty", { start: 0, end: 0 }), { code: "missing-part" });
    });

    test("a part of 20 MB is read back unchanged, in small chunks", async () => {
      const content = patterned(20 * 1024 * 1024);
      await one.put("a/large", content);
      const hash = createHash("sha256");
      for await (const chunk of two.get("a/large")) {
        assert.ok(chunk.length > 0 && chunk.length <= 256 * 1024, `a chunk has ${chunk.length} bytes`);
        hash.update(chunk);
      }
      assert.equal(hash.digest("hex"), createHash("sha256").update(content).digest("hex"));
    });

    test("a slow reader, or one that stops early, is served chunk by chunk", async () => {
      const content = patterned(2 * 1024 * 1024);
      await one.put("a/part", content);
      const reader = one.get("a/part")[Symbol.asyncIterator]();
      let position = 0;
      for (let round = 0; round < 3; round += 1) {
        const { value } = await reader.next();
        assert.ok(Buffer.compare(value, content.subarray(position, position + value.length)) === 0);
        position += value.length;
      }
      assert.ok(position < content.length);
      await reader.return?.();
      assert.equal((await reader.next()).done, true);
    });

    test("reading a missing part fails with missing-part", async () => {
      await one.put("a/part", bytesOf("x"));
      for (const key of ["b", "a/b", "a", "a/part/b", "a/par", "a/part2"]) {
        await assert.rejects(read(one, key), { code: "missing-part", retriable: false });
        await assert.rejects(read(one, key, { start: 0, end: 0 }), { code: "missing-part" });
      }
    });

    test("a part that is removed while it is read is read whole or fails: it is never truncated", async () => {
      const content = patterned(2 * 1024 * 1024);
      await one.put("a/part", content);
      const reader = one.get("a/part")[Symbol.asyncIterator]();
      const chunks = [(await reader.next()).value];
      await two.remove("a/");
      try {
        for (let next = await reader.next(); !next.done; next = await reader.next()) chunks.push(next.value);
        assert.ok(Buffer.compare(Buffer.concat(chunks), content) === 0);
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, "missing-part");
      }
      await assert.rejects(read(one, "a/part"), { code: "missing-part" });
    });

    test("list returns keys, sizes and times by plain string prefix", async () => {
      const before = Date.now();
      const keys = [
        "abc/1-0",
        "abc/1-1",
        "abc/2-0",
        "abcd/1-0",
        "ab",
        "b/c/d/e",
        ".hidden/..x",
        "A-Z_09.bin",
      ];
      for (const [index, key] of keys.entries()) await one.put(key, new Uint8Array(index));
      const cases: [string, string[]][] = [
        ["", keys],
        ["a", ["abc/1-0", "abc/1-1", "abc/2-0", "abcd/1-0", "ab"]],
        ["abc", ["abc/1-0", "abc/1-1", "abc/2-0", "abcd/1-0"]],
        ["abc/", ["abc/1-0", "abc/1-1", "abc/2-0"]],
        ["abc/1", ["abc/1-0", "abc/1-1"]],
        ["abc/1-0", ["abc/1-0"]],
        ["b/c/", ["b/c/d/e"]],
        ["b/c/d", ["b/c/d/e"]],
        [".", [".hidden/..x"]],
        [".hidden/..", [".hidden/..x"]],
        ["ab/", []],
        ["nothing/here", []],
      ];
      for (const [prefix, expected] of cases) {
        assert.deepEqual((await sizes(two, prefix)).map(([key]) => key).sort(), [...expected].sort(), prefix);
      }
      for (const { key, size, modifiedAt } of await all(two.list(""))) {
        assert.equal(size, keys.indexOf(key));
        // File systems round times; the coarsest resolution in use is a second.
        assert.ok(modifiedAt >= before - 2_000 && modifiedAt <= Date.now() + 2_000);
      }
    });

    test("remove deletes every part with the prefix and no other", async () => {
      const keys = ["abc/1-0", "abc/1-1", "abc/2-0", "abcd/1-0", "ab", "b/c/d/e", "b/c/f"];
      const left = async () => (await sizes(two, "")).map(([key]) => key).sort();
      for (const key of keys) await one.put(key, bytesOf(key));
      await one.remove("nothing");
      await one.remove("ab/");
      await one.remove("abc/1-00");
      assert.deepEqual(await left(), [...keys].sort());
      await one.remove("abc/1");
      assert.deepEqual(await left(), ["ab", "abc/2-0", "abcd/1-0", "b/c/d/e", "b/c/f"]);
      await one.remove("abc/");
      assert.deepEqual(await left(), ["ab", "abcd/1-0", "b/c/d/e", "b/c/f"]);
      await one.remove("b/c/d/");
      assert.deepEqual(await left(), ["ab", "abcd/1-0", "b/c/f"]);
      await two.remove("ab");
      assert.deepEqual(await left(), ["b/c/f"]);
      await two.remove("");
      assert.deepEqual(await left(), []);
      await one.put("b/c/f", bytesOf("again"));
      assert.deepEqual(await left(), ["b/c/f"]);
    });

    test("a key can be put while its neighbours are removed", async () => {
      for (let round = 0; round < 20; round += 1) {
        await one.put("a/old", bytesOf("old"));
        await Promise.all([two.remove("a/old"), one.put("a/new", bytesOf("new"))]);
        assert.equal(textOf(await read(two, "a/new")), "new");
        await Promise.all([two.remove("a/"), one.put("b/new", bytesOf("new"))]);
        assert.equal(textOf(await read(two, "b/new")), "new");
      }
    });

    test("hostile keys and prefixes are refused by every call", async () => {
      const refused = { code: "invalid-request" };
      for (const key of HOSTILE_KEYS) {
        await assert.rejects(one.put(key, bytesOf("x")), refused, key);
        await assert.rejects(read(one, key), refused, key);
      }
      for (const prefix of ["/", "/etc", "../", "../a", "a/../", "a//", "./", "a\\", "a\0", "~", "ä"]) {
        await assert.rejects(one.remove(prefix), refused, prefix);
        await assert.rejects(all(one.list(prefix)), refused, prefix);
      }
      assert.deepEqual(await all(one.list("")), []);
      const longest = `${"k".repeat(127)}/${"v".repeat(127)}`;
      await one.put(longest, bytesOf("x"));
      assert.equal(textOf(await read(two, longest)), "x");
    });

    test("closed: every call fails, other stores and the parts are unaffected", async () => {
      await one.put("a/part", bytesOf("x"));
      await one.close();
      await one.close();
      const closed = { code: "closed" };
      await assert.rejects(one.put("a/part", bytesOf("y")), closed);
      await assert.rejects(read(one, "a/part"), closed);
      await assert.rejects(one.remove("a/"), closed);
      await assert.rejects(all(one.list("")), closed);
      assert.equal(textOf(await read(two, "a/part")), "x");
    });

    test("a part put with its digest is the same as one without", async () => {
      const content = patterned(300_000);
      await one.put("a/part", content, sha256Of(content));
      assert.ok(Buffer.compare(content, await read(two, "a/part")) === 0);
    });

    test(`it ${direct ? "delivers" : "does not deliver"} files to clients`, () => {
      assert.equal(one.direct !== undefined, direct);
    });

    if (!direct) return;
    const delivery = () => one.direct ?? assert.fail("declared as direct");
    const { signal } = new AbortController();
    const headers = {
      contentType: "text/csv; charset=utf-8",
      contentDisposition: 'attachment; filename="a b.csv"',
    };

    /** Stores parts of these sizes; returns them with all of their bytes. */
    async function storeParts(sizes: readonly number[]) {
      const content = patterned(sizes.reduce((sum, size) => sum + size, 0));
      const parts = sizes.map((size, index) => ({ key: `a/1/${index}`, size }));
      let start = 0;
      for (const { key, size } of parts) {
        await one.put(key, content.slice(start, start + size));
        start += size;
      }
      return { parts, content, how: { sha256: sha256Of(content), signal } };
    }

    for (const [what, sizes] of [
      ["small parts", [300_000, 0, 1, 200_000]],
      ["parts of all sizes", [300_000, 6 * MIB, 700_000, MIB, 8 * MIB, 5 * MIB, 3, 400_000]],
    ] as const) {
      test(`direct: ${what} are joined to one that any node can read, and stay`, async () => {
        const { parts, content, how } = await storeParts(sizes);
        await delivery().assemble("a/1/joined", parts, how);
        assert.equal(sha256Of(await read(two, "a/1/joined")), how.sha256);
        const [start, end] = [299_990, 300_010];
        const range = await read(two, "a/1/joined", { start, end });
        assert.deepEqual(range, Buffer.from(content.subarray(start, end + 1)));
        assert.equal((await all(two.list("a/"))).length, sizes.length + 1);
        await delivery().assemble("a/1/joined", parts, how);
        assert.equal(sha256Of(await read(two, "a/1/joined")), how.sha256);
      });

      test(`direct: of ${what} one that is missing is told, and joining can be stopped`, async () => {
        const { parts, how } = await storeParts(sizes);
        const stopped = { ...how, signal: AbortSignal.abort() };
        await assert.rejects(delivery().assemble("a/1/joined", parts, stopped), { code: "aborted" });
        await two.remove("a/1/3");
        await assert.rejects(delivery().assemble("a/1/joined", parts, how), { code: "missing-part" });
      });
    }

    test("direct: an address serves the part to anyone, whole and in ranges, with the given headers", async () => {
      const content = patterned(300_001);
      await one.put("a/1/0", content);
      const address = await delivery().address("a/1/0", headers);
      const whole = await fetch(address);
      assert.equal(whole.status, 200);
      assert.equal(whole.headers.get("content-type"), headers.contentType);
      assert.equal(whole.headers.get("content-disposition"), headers.contentDisposition);
      assert.match(whole.headers.get("cache-control") ?? "", /no-store/);
      assert.deepEqual(Buffer.from(await whole.arrayBuffer()), Buffer.from(content));
      const etag = whole.headers.get("etag") ?? "";
      const part = await fetch(address, { headers: { Range: "bytes=300000-", "If-Range": etag } });
      assert.equal(part.status, 206);
      assert.deepEqual(Buffer.from(await part.arrayBuffer()), Buffer.from(content.subarray(300_000)));
    });

    test("direct: a missing part has no address, and a closed store gives none", async () => {
      await one.put("a/1/0", bytesOf("x"));
      await assert.rejects(delivery().address("a/1/1", headers), { code: "missing-part" });
      await one.close();
      await assert.rejects(delivery().address("a/1/0", headers), { code: "closed" });
    });
  });
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Bytes that differ by position, so that a misplaced chunk is detected. */
function patterned(size: number): Uint8Array {
  const bytes = new Uint32Array(Math.ceil(size / 4));
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.imul(index + 1, 0x9e3779b1);
  return new Uint8Array(bytes.buffer, 0, size);
}

async function read(store: FileStore, key: string, range?: ByteRange): Promise<Uint8Array> {
  return Buffer.concat(await all(store.get(key, range)));
}

async function sizes(store: FileStore, prefix: string): Promise<[string, number][]> {
  return (await all(store.list(prefix))).map(({ key, size }) => [key, size]);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
