import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { VirtualClock } from "../../clock/virtual.testing.ts";
import { silentLog } from "../../telemetry/log.ts";
import { openClient } from "./s3-client.ts";
import { openS3FileStore } from "./s3-file-store.ts";
import { readS3Url } from "./s3-url.ts";

/** What servers of the tests can't be brought to do. */

interface Request {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: unknown;
}

interface Answer {
  statusCode: number;
  headers?: Record<string, string>;
  body?: string;
}

const EMPTY_LIST: Answer = { statusCode: 200, body: "<ListBucketResult></ListBucketResult>" };
const refusal = (statusCode: number, code: string, headers = {}): Answer => ({
  statusCode,
  headers,
  body: `<Error><Code>${code}</Code><Message>told by ${code}</Message></Error>`,
});

const given = { ...process.env };
before(() => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "key",
    AWS_REGION: "eu-central-1",
  });
});
after(() => {
  process.env = given;
});

/** A store whose server answers by `answer`, after the listing that opens it. */
async function openStore(options: string, answer: (request: Request) => Answer) {
  const place = readS3Url(`s3://bucket/pre${options}`);
  const requests: Request[] = [];
  const client = openClient(place, {
    async handle(request: Request) {
      requests.push(request);
      const { statusCode, headers = {}, body = "" } = requests.length === 1 ? EMPTY_LIST : answer(request);
      return { response: { statusCode, headers, body: Readable.from([Buffer.from(body)]) } };
    },
    destroy() {},
  });
  const clock = new VirtualClock({ seed: 1 });
  const store = await openS3FileStore({ place, clock, log: silentLog, client });
  requests.length = 1;
  return { store, clock, requests };
}

test("encryption is asked for where objects are made", async () => {
  const { store, requests } = await openStore("?kmsKey=arn:key", () => ({ statusCode: 200 }));
  await store.put("a/1/0", Buffer.from("x"), "ab".repeat(32));
  const { headers, path, method } = requests.at(-1)!;
  assert.deepEqual([method, path], ["PUT", "/pre/a/1/0"]);
  assert.equal(headers["x-amz-server-side-encryption"], "aws:kms");
  assert.equal(headers["x-amz-server-side-encryption-aws-kms-key-id"], "arn:key");
  assert.equal(headers["x-amz-content-sha256"], "ab".repeat(32));
  assert.match(headers.authorization ?? "", /\/eu-central-1\/s3\//);
  assert.deepEqual(
    Object.keys(headers).filter((name) => /checksum|sdk-checksum/.test(name)),
    [],
    "checksums that other servers refuse",
  );
});

test("a server other than AWS needs no region, also where the variable is empty", async (t) => {
  t.after(() => {
    process.env.AWS_REGION = "eu-central-1";
  });
  process.env.AWS_REGION = "";
  const { requests } = await openStore("?endpoint=https://s3.example.com", () => ({ statusCode: 200 }));
  assert.match(requests[0]?.headers.authorization ?? "", /\/us-east-1\/s3\//);
});

test("a server that asks for slower requests is asked again", async () => {
  let asked = 0;
  const { store, clock } = await openStore("", () => {
    asked += 1;
    return asked < 3 ? refusal(503, "SlowDown") : { statusCode: 200 };
  });
  const stored = store.put("a/1/0", Buffer.from("x"));
  await clock.advance(5_000);
  await stored;
  assert.equal(asked, 3);
});

/** The refusal, what the caller is told, and whether only removals help. */
const lasting: [Answer, RegExp, boolean][] = [
  [refusal(403, "AccessDenied"), /access to the bucket bucket is denied \(AccessDenied\)/, false],
  [refusal(404, "NoSuchBucket"), /the bucket bucket does not exist$/, false],
  [refusal(403, "QuotaExceeded"), /the storage is full \(QuotaExceeded\)$/, true],
  [refusal(507, "XMinioStorageFull"), /the storage is full/, true],
  [refusal(400, "KMS.NotFoundException"), /the server answered 400 .*told by KMS/, false],
  [
    refusal(301, "PermanentRedirect", { "x-amz-bucket-region": "eu-west-1" }),
    /is in the region eu-west-1: set the option region/,
    false,
  ],
];

test("what only an operator can end is told at once, with the reason, and for a while by trouble()", async () => {
  for (const [answer, message, isFull] of lasting) {
    const { store, clock, requests } = await openStore("", () => answer);
    await assert.rejects(store.put("a/1/0", Buffer.from("x")), {
      code: "unavailable",
      retriable: true,
      message: new RegExp(`^storing a/1/0: .*${message.source}`),
    });
    assert.equal(requests.length, 2, "not repeated");
    assert.equal(store.trouble?.()?.isFull, isFull);
    await clock.advance(20_000);
    assert.equal(store.trouble?.(), null);
  }
});

test("settings that the SDK misses are told when a store is opened", async () => {
  for (const [error, message] of [
    [new Error("Region is missing"), /its region is not known: set the option region, or AWS_REGION$/],
    [
      Object.assign(new Error("none"), { name: "CredentialsProviderError" }),
      /no credentials were found \(none\)$/,
    ],
  ] as const) {
    const place = readS3Url("s3://bucket/pre");
    const client = openClient(place, { handle: () => Promise.reject(error), destroy() {} });
    await assert.rejects(
      openS3FileStore({ place, clock: new VirtualClock({ seed: 1 }), log: silentLog, client }),
      {
        code: "store-unusable",
        message,
      },
    );
  }
});

test("a server that ignores ranges is refused instead of misread", async () => {
  const { store } = await openStore("", () => ({
    statusCode: 200,
    headers: { "content-length": "3" },
    body: "abc",
  }));
  await assert.rejects(Array.fromAsync(store.get("a/1/0")), {
    code: "unavailable",
    message: /ignores ranges/,
  });
});

test("an answer that ends too early is continued, and never passed off as the whole part", async () => {
  const ranges: (string | undefined)[] = [];
  const { store, clock } = await openStore("", ({ headers }) => {
    ranges.push(headers.range);
    const isFirst = ranges.length === 1;
    return {
      statusCode: 206,
      headers: { "content-range": `bytes ${isFirst ? "0-5" : "3-5"}/6`, etag: '"e"' },
      body: isFirst ? "abc" : "def",
    };
  });
  const read = Array.fromAsync(store.get("a/1/0"));
  await clock.advance(1_000);
  assert.equal(Buffer.concat(await read).toString(), "abcdef");
  assert.deepEqual(ranges, ["bytes=0-8388607", "bytes=3-5"]);
});

test("a join whose answer was lost has happened if the part is there", async () => {
  const parts = [0, 1, 2].map((number) => ({ key: `a/1/${number}`, size: 6 * 1024 * 1024 }));
  const { store, clock, requests } = await openStore("?delivery=redirect", ({ method, query }) => {
    if (method === "HEAD")
      return { statusCode: 200, headers: { "content-length": String(18 * 1024 * 1024) } };
    if ("uploads" in query) return { statusCode: 200, body: "<R><UploadId>u</UploadId></R>" };
    if (method === "PUT") return { statusCode: 200, body: "<R><ETag>&quot;e&quot;</ETag></R>" };
    completions += 1;
    return completions === 1 ? refusal(500, "InternalError") : refusal(404, "NoSuchUpload");
  });
  let completions = 0;
  const joined = store.direct?.assemble("a/1/3", parts, {
    sha256: "00",
    signal: new AbortController().signal,
  });
  await clock.advance(1_000);
  await joined;
  const copied = requests.flatMap(({ headers }) => headers["x-amz-copy-source"] ?? []);
  assert.deepEqual(copied.sort(), ["bucket/pre/a/1/0", "bucket/pre/a/1/1", "bucket/pre/a/1/2"]);
});

test("a server without conditional writes takes the note of a cluster as well", async () => {
  let note: string | null = null;
  const { store, requests } = await openStore("", ({ method, headers, body }) => {
    if (method === "GET") return note === null ? refusal(404, "NoSuchKey") : { statusCode: 200, body: note };
    if (headers["if-none-match"] !== undefined) return refusal(501, "NotImplemented");
    note = String(body);
    return { statusCode: 200 };
  });
  await store.claim?.({ id: "1", name: "sqlite:one" });
  assert.match(note ?? "", /"name":"sqlite:one","since":"/);
  await store.claim?.({ id: "1", name: "sqlite:elsewhere" });
  await assert.rejects(async () => store.claim?.({ id: "2", name: "sqlite:two" }), {
    code: "store-unusable",
    message: /belongs to the cluster on sqlite:one, since .* remove the object pre\/!carryout\.json/,
  });
  assert.equal(requests.filter(({ method }) => method === "PUT").length, 2);
});

test("a note that can't be read refuses every cluster", async () => {
  const { store } = await openStore("", () => ({ statusCode: 200, body: "whatever" }));
  await assert.rejects(async () => store.claim?.({ id: "1", name: "sqlite:one" }), {
    message: /belongs to an unknown cluster/,
  });
});
