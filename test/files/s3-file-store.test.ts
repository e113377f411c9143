import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { systemClock } from "../../src/clock/system.ts";
import { VirtualClock } from "../../src/clock/virtual.testing.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { fileStoreContract } from "../../src/ports/contracts/file-store-contract.ts";
import type { FileStore } from "../../src/ports/file-store.ts";
import { LISTED_AT_A_TIME, S3Server, withoutS3 } from "../support/s3-server.ts";
import { keysIn, openFiles, passing } from "../support/s3-stores.ts";

describe("files in S3", { skip: withoutS3 }, () => {
  let server: S3Server;
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server?.stop());

  const opened: FileStore[] = [];
  after(() => Promise.all(opened.map((store) => store.close())));

  async function open(url: string, clock?: Clock): Promise<FileStore> {
    const store = await openFiles(url, clock);
    opened.push(store);
    return store;
  }

  fileStoreContract(
    "S3",
    async () => {
      const url = server.url(`contract-${randomUUID()}`, "delivery=redirect");
      const stores: FileStore[] = [];
      return {
        async open() {
          stores.push(await openFiles(url));
          return stores.at(-1)!;
        },
        async dispose() {
          await Promise.all(stores.map((store) => store.close()));
        },
      };
    },
    { direct: true },
  );

  test("a prefix belongs to the first cluster, at all its nodes, until its note is removed", async () => {
    const url = server.url("claimed");
    const [owner, other] = ["a", "b"].map((id) => ({ id, name: `sqlite:${id}` }));
    const claiming = Array.from({ length: 4 }, async () => (await open(url)).claim?.(owner!));
    await Promise.all(claiming);
    const store = await open(url);
    await store.claim?.(owner!);
    await assert.rejects(async () => store.claim?.(other!), {
      code: "store-unusable",
      message: new RegExp(
        `claimed.* belongs to the cluster on ${owner!.name}, since 20.*remove the object claimed/!carryout.json`,
      ),
    });
    assert.deepEqual(await keysIn(store), []);

    const client = server.client();
    await client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: "claimed/!carryout.json" }));
    client.destroy();
    await store.claim?.(other!);
    await assert.rejects(async () => store.claim?.(owner!), { code: "store-unusable" });
  });

  test("without delivery=redirect the nodes deliver", async () => {
    assert.equal((await open(server.url("plain"))).direct, undefined);
  });

  test("stores below different prefixes do not see each other's parts, nor objects that are no parts", async () => {
    const [one, two] = [await open(server.url("pre")), await open(server.url("prefix"))];
    const client = server.client();
    for (const Key of ["pre/", "pre/a b", "pre//x", "other"]) {
      await client.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: "x" }));
    }
    client.destroy();
    await one.put("a/1/0", Buffer.from("one"));
    await two.put("a/1/0", Buffer.from("two"));
    assert.deepEqual(await keysIn(one), ["a/1/0"]);
    await one.remove("a/");
    assert.deepEqual([await keysIn(one), await keysIn(two)], [[], ["a/1/0"]]);
    const above = await open(server.url(""));
    assert.ok((await keysIn(above)).includes("prefix/a/1/0"));
  });

  test("uploads that nobody finished are ended after a day, and those of other programs are left alone", async () => {
    const client = server.client();
    const { bucket: Bucket } = server;
    const unfinished = async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.map(({ Key }) => Key);
    };
    const left = ["joined/a/1/00000001", "joined/b/2/00000001"];
    const others = ["joined/backup.tar", "elsewhere/a/1/00000001"];
    for (const Key of [...left, ...others])
      await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    let [laterMs, restedMs] = [0, 0];
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + laterMs,
      monotonic: () => systemClock.monotonic() + restedMs,
    };
    const store = await open(server.url("joined", "delivery=redirect"), clock);
    await keysIn(store);
    assert.deepEqual((await unfinished()).sort(), [...left, ...others].sort(), "they are new");
    laterMs = 25 * 3_600_000;
    await keysIn(store);
    assert.equal((await unfinished()).length, 4, "looked for once an hour");
    restedMs = laterMs;
    await keysIn(store);
    assert.deepEqual((await unfinished()).sort(), others.sort());
    client.destroy();
  });

  test("a listing of several pages is complete", async () => {
    const store = await open(server.url("pages"));
    const keys = Array.from(
      { length: 2 * LISTED_AT_A_TIME + 5 },
      (_, index) => `a/1/${String(index).padStart(8, "0")}`,
    );
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from(key))));
    }
    assert.deepEqual((await keysIn(store)).sort(), keys);
    await store.remove("a/");
    assert.deepEqual(await keysIn(store), []);
  });

  test("the server refuses bytes that differ from their digest", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const store = await open(server.url("digest"), clock);
    const refused = assert.rejects(store.put("a/1/0", Buffer.from("x"), "0".repeat(64)), {
      code: "unavailable",
      message: /^storing a\/1\/0: the server answered 400 BadDigest/,
    });
    await passing(clock, refused);
    assert.match(store.trouble?.()?.message ?? "", /BadDigest/);
    await store.put("a/1/0", Buffer.from("x"));
    assert.equal(store.trouble?.(), null);
  });

  test("a store is not opened without a bucket, or without access to it", async (t) => {
    const missing = server.url("x").replace("carryout/", "no-such-bucket/");
    await assert.rejects(open(missing), {
      code: "store-unusable",
      message:
        "s3://no-such-bucket/x can't be used for files: listing all parts: the bucket no-such-bucket does not exist",
    });
    t.after(() => {
      process.env.AWS_SECRET_ACCESS_KEY = "testing";
    });
    process.env.AWS_SECRET_ACCESS_KEY = "wrong";
    await assert.rejects(open(server.url("x")), {
      code: "store-unusable",
      message: /the credentials are refused \(SignatureDoesNotMatch\)$/,
    });
  });

  test("sixty readers that stop reading keep nobody from storing and reading", async () => {
    const store = await open(server.url("unread"));
    await store.put("a/1/0", new Uint8Array(3 * 1024 * 1024));
    const readers = Array.from({ length: 60 }, () => store.get("a/1/0")[Symbol.asyncIterator]());
    await Promise.all(readers.map((reader) => reader.next()));
    await store.put("a/1/1", Buffer.from("x"));
    assert.equal((await Array.fromAsync(store.get("a/1/1"))).length, 1);
    await Promise.all(readers.map((reader) => reader.return?.()));
  });
});
