import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { lost } from "../download/transitions.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import { ann, recordingLog, testApp } from "./app.testing.ts";
import { FAKE_NOW, type FakeCarryout } from "./fake-carryout.testing.ts";

const BYTES = new Uint8Array(200_000).map((_, index) => index % 251);
const DIGEST = createHash("sha256").update(BYTES);
const HEX = DIGEST.copy().digest("hex");
const ETAG = `"sha256-${HEX}"`;
const MODIFIED = "Fri, 02 Jan 2026 03:04:05 GMT";
const URL_PATH = "/downloads/x/caf%C3%A9%20100%25.csv";

function withFile(change = {}) {
  const parts = testApp();
  parts.carryout.putFile("ann", "café 100%.csv", BYTES, { id: "x", ...change });
  const get = (headers: Record<string, string> = {}, method = "GET") =>
    parts.app.request(URL_PATH, { method, headers: { ...ann, ...headers } });
  return { ...parts, get };
}

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

test("200: the whole file with every header of the contract", async () => {
  const { get } = withFile();
  const response = await get();
  assert.equal(response.status, 200);
  assert.deepEqual(Object.fromEntries(response.headers), {
    "accept-ranges": "bytes",
    "cache-control": "private, no-transform",
    "content-disposition": `attachment; filename="cafe 100_.csv"; filename*=UTF-8''caf%C3%A9%20100%25.csv`,
    "content-length": "200000",
    "content-security-policy": "sandbox",
    "content-type": "text/csv; charset=utf-8",
    etag: ETAG,
    "last-modified": MODIFIED,
    "referrer-policy": "same-origin",
    "repr-digest": `sha-256=:${DIGEST.copy().digest("base64")}:`,
    vary: "Cookie, Authorization",
    "x-content-type-options": "nosniff",
  });
  assert.deepEqual(await bytesOf(response), BYTES);
});

test("HEAD: the same headers, no byte read", async () => {
  const { get, carryout } = withFile();
  const response = await get({}, "HEAD");
  assert.equal(response.status, 200);
  assert.deepEqual(Object.fromEntries(response.headers), Object.fromEntries((await get()).headers));
  assert.equal(await response.text(), "");
  const before = carryout.reading.chunks;
  await get({ Range: "bytes=0-1" }, "HEAD");
  assert.equal(carryout.reading.chunks, before);
});

test("GET does not consume", async () => {
  const { get } = withFile();
  for (let time = 0; time < 3; time += 1) assert.equal((await bytesOf(await get())).byteLength, 200_000);
});

for (const [range, start, end] of [
  ["bytes=0-0", 0, 0],
  ["bytes=100-65635", 100, 65_635],
  ["bytes=199990-", 199_990, 199_999],
  ["bytes=-7", 199_993, 199_999],
  ["bytes=5-99999999999999999999", 5, 199_999],
] as const) {
  test(`206: ${range}`, async () => {
    const response = await withFile().get({ Range: range });
    assert.equal(response.status, 206);
    assert.equal(response.headers.get("content-range"), `bytes ${start}-${end}/200000`);
    assert.equal(response.headers.get("content-length"), String(end - start + 1));
    assert.equal(response.headers.get("etag"), ETAG);
    assert.equal(response.headers.get("repr-digest"), `sha-256=:${DIGEST.copy().digest("base64")}:`);
    assert.deepEqual(await bytesOf(response), BYTES.slice(start, end + 1));
  });
}

for (const range of ["bytes=200000-", "bytes=-0", "bytes=999999999999999999999-"]) {
  test(`416: ${range}`, async () => {
    const response = await withFile().get({ Range: range });
    assert.equal(response.status, 416);
    assert.equal(response.headers.get("content-range"), "bytes */200000");
    assert.equal((await response.json()).code, "range-not-satisfiable");
  });
}

for (const range of ["bytes=5-2", "bytes=0-1,5-9", "items=0-1", "bytes=x", "nonsense"]) {
  test(`200, the range is ignored: ${range}`, async () => {
    const response = await withFile().get({ Range: range });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-range"), null);
    assert.equal((await bytesOf(response)).byteLength, 200_000);
  });
}

test("If-Range: the part only of the very file that it names", async () => {
  const { get } = withFile();
  const part = (ifRange: string) => get({ Range: "bytes=0-9", "If-Range": ifRange });
  assert.equal((await part(ETAG)).status, 206);
  assert.equal((await part(MODIFIED)).status, 206);
  assert.equal((await part('"other"')).status, 200);
  assert.equal((await part(`W/${ETAG}`)).status, 200);
  assert.equal((await part("Fri, 02 Jan 2026 03:04:06 GMT")).status, 200);
});

test("304 and 412 by the conditions", async () => {
  const { get } = withFile();
  const notModified = await get({ "If-None-Match": ETAG, Range: "bytes=0-9" });
  assert.equal(notModified.status, 304);
  assert.equal(notModified.headers.get("etag"), ETAG);
  assert.equal(await notModified.text(), "");
  assert.equal((await get({ "If-Modified-Since": MODIFIED })).status, 304);
  assert.equal((await get({ "If-None-Match": '"other"', "If-Modified-Since": MODIFIED })).status, 200);
  assert.equal((await get({ "If-Match": '"other"' })).status, 412);
  assert.equal((await get({ "If-Match": ETAG })).status, 200);
  const unmodified = await get({ "If-Unmodified-Since": "Fri, 02 Jan 2026 03:04:04 GMT" });
  assert.equal(unmodified.status, 412);
  assert.equal((await unmodified.json()).code, "precondition-failed");
});

describe("a store that delivers files by itself", () => {
  const addressed = () => {
    const parts = withFile();
    parts.carryout.addressed = "https://files.test/";
    return parts;
  };

  test("302 to an address for the owner alone, which no cache keeps, and no byte is read here", async () => {
    const { get, carryout } = addressed();
    for (const headers of [
      {},
      { Range: "bytes=5-9" },
      { Range: "bytes=999999-" },
      { "If-Range": '"other"' },
    ]) {
      const response = await get(headers);
      assert.equal(response.status, 302);
      assert.equal(response.headers.get("cache-control"), "no-store");
      const address = new URL(response.headers.get("location") ?? "");
      assert.equal(address.pathname, `/${HEX}`);
      assert.equal(address.searchParams.get("contentType"), "text/csv; charset=utf-8");
      assert.match(
        address.searchParams.get("contentDisposition") ?? "",
        /^attachment; filename="cafe 100_.csv"/,
      );
      assert.equal(await response.text(), "");
    }
    assert.equal(carryout.reading.chunks, 0);
    assert.equal((await get({ "X-User": "bob" })).status, 404);
  });

  test("HEAD and conditions are answered by the node", async () => {
    const { get } = addressed();
    const head = await get({}, "HEAD");
    assert.deepEqual([head.status, head.headers.get("etag")], [200, ETAG]);
    assert.equal(head.headers.get("content-length"), "200000");
    assert.equal((await get({ "If-None-Match": ETAG })).status, 304);
    assert.equal((await get({ "If-Match": '"other"' })).status, 412);
  });

  test("410 for a file that the store no longer has, 503 while it can't be asked", async () => {
    const { get, carryout } = addressed();
    carryout.breakAfter = 0;
    assert.equal((await get()).status, 410);
    assert.deepEqual(carryout.missing, ["ann x"]);
    carryout.address = async () => {
      throw new UnavailableError("S3 is away");
    };
    assert.equal((await get()).status, 503);
  });

  test("no address for an expired file", async () => {
    const { get, carryout, clock } = withFile({ expiresAt: FAKE_NOW + 1_000 });
    carryout.addressed = "https://files.test/";
    clock.advance(1_000);
    assert.equal((await get()).status, 410);
  });
});

test("409 while it is not ready, with Retry-After; without when it never will be", async () => {
  const { app, carryout } = testApp();
  carryout.put({ id: "x" });
  const early = await app.request("/downloads/x/file.csv", { headers: ann });
  assert.equal(early.status, 409);
  assert.equal(early.headers.get("retry-after"), "1");
  const problem = await early.json();
  assert.deepEqual([problem.code, problem.download.id], ["not-ready", "x"]);
  const error = { code: "generation-failed", message: "it broke", retriable: true };
  carryout.put({ id: "x", state: "error", error, expiresAt: FAKE_NOW + 1e6 });
  const failed = await app.request("/downloads/x/file.csv", { headers: ann });
  assert.equal(failed.status, 409);
  assert.equal(failed.headers.get("retry-after"), null);
  assert.match((await failed.json()).detail, /it broke/);
});

test("404 for others, for an unknown id and for another name", async () => {
  const { app, get } = withFile();
  assert.equal((await get({ "X-User": "bob" })).status, 404);
  assert.equal((await app.request("/downloads/y/a.csv", { headers: ann })).status, 404);
  assert.equal((await app.request("/downloads/x/other.csv", { headers: ann })).status, 404);
  assert.equal((await app.request("/downloads/x/..%2Fx", { headers: ann })).status, 404);
});

test("410 after it has expired, also before it is swept", async () => {
  const { get, clock } = withFile({ expiresAt: FAKE_NOW + 1_000 });
  assert.equal((await get()).status, 200);
  clock.advance(1_000);
  const response = await get();
  assert.equal(response.status, 410);
  assert.equal((await response.json()).code, "expired");
});

test("a transfer that began before the file expired continues by ranges, and no new one starts", async () => {
  const { get, clock, app } = withFile({ expiresAt: FAKE_NOW + 1_000 });
  const etag = (await get()).headers.get("etag") ?? "";
  clock.advance(1_000);
  const rest = await get({ Range: "bytes=5-", "If-Range": etag });
  assert.equal(rest.status, 206);
  assert.deepEqual(Buffer.from(await rest.arrayBuffer()), Buffer.from(BYTES.subarray(5)));
  for (const Range of ["bytes=0-", "bytes=-5", "bytes=00-9"])
    assert.equal((await get({ Range })).status, 410);
  assert.equal((await app.request("/downloads/x", { headers: ann })).status, 404);
});

test("a file whose bytes were lost is gone, with what to do", async () => {
  const { app, carryout } = testApp();
  const status = carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
  status.download = lost(status.download, FAKE_NOW, { maxHandovers: 1, errorRetentionMs: 1_000 });
  const response = await app.request("/downloads/x/a.csv", { headers: ann });
  assert.equal(response.status, 410);
  assert.equal((await response.json()).code, "file-lost");
});

test("an empty file is 200 with nothing in it", async () => {
  const { app, carryout } = testApp();
  carryout.putFile("ann", "empty.csv", new Uint8Array(), { id: "x" });
  const get = (headers = {}) => app.request("/downloads/x/empty.csv", { headers: { ...ann, ...headers } });
  const response = await get();
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), "0");
  assert.equal(await response.text(), "");
  assert.equal((await get({ Range: "bytes=-5" })).status, 200);
  assert.equal((await get({ Range: "bytes=0-" })).status, 416);
});

test("names that a URL can't end in are served under another", async () => {
  for (const name of ["..", ".", "", "a?b#c", "\ud800.csv", "a\\b"]) {
    const { app, carryout } = testApp();
    carryout.putFile("ann", name, BYTES, { id: "x" });
    const { file } = await (await app.request("/downloads/x", { headers: ann })).json();
    assert.equal((await app.request(file.url, { headers: ann })).status, 200, file.url);
  }
});

test("an invalid media type is not sent", async () => {
  const { app, carryout } = testApp();
  const { download } = carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
  if (download.file) download.file.type = "text/csv\r\nSet-Cookie: a=b";
  const response = await app.request("/downloads/x/a.csv", { headers: ann });
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
});

test("a file that can't be read at all: a problem, not a file", async () => {
  const { get, carryout } = withFile();
  carryout.breakAfter = 0;
  const missing = await get();
  assert.equal(missing.status, 410);
  const problem = await missing.json();
  assert.equal(problem.code, "file-lost");
  assert.match(problem.detail, /Request it again/);
  assert.equal(missing.headers.get("etag"), null);
  assert.deepEqual(carryout.missing, ["ann x"]);
  carryout.read = async function* () {
    yield* [];
    throw new UnavailableError("disk away");
  };
  assert.equal((await get()).status, 503);
  carryout.read = async function* () {
    yield* [];
    await carryout.remove("ann", "x");
    throw new CarryoutError("missing-part", "gone");
  };
  assert.equal((await get()).status, 404, "dismissed meanwhile");
});

test("a part that goes missing breaks the body off; so do too few and too many bytes", async () => {
  const { get, carryout } = withFile();
  carryout.breakAfter = 100_000;
  await assert.rejects(bytesOf(await get()));
  carryout.read = async function* () {
    yield new Uint8Array(10);
  };
  await assert.rejects(bytesOf(await get()));
  carryout.read = async function* () {
    yield new Uint8Array(10);
    yield new Uint8Array(200_000);
  };
  await assert.rejects(bytesOf(await get()));
});

describe("a delivery that breaks off", () => {
  const dismissed = (carryout: FakeCarryout) => carryout.remove("ann", "x");
  const away = async (carryout: FakeCarryout) => {
    carryout.failure = new UnavailableError("NATS is away");
  };
  for (const [what, level, between, error] of [
    ["removed meanwhile", "info", dismissed, new CarryoutError("missing-part", "part 2 is gone")],
    ["the engine away", "warn", async () => {}, new UnavailableError("NATS is away")],
    [
      "bytes missing, and nobody to ask why",
      "warn",
      away,
      new CarryoutError("missing-part", "part 2 is gone"),
    ],
    ["bytes missing", "error", async () => {}, new CarryoutError("missing-part", "part 2 is gone")],
  ] as const) {
    test(`${what}: told as ${level}, with the reason`, async () => {
      const log = recordingLog();
      const { app, carryout } = testApp({ log });
      carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
      const told = Promise.withResolvers<void>();
      for (const name of ["info", "warn", "error"] as const) {
        const write = log[name];
        log[name] = (fields, message) => {
          write(fields, message);
          told.resolve();
        };
      }
      carryout.read = async function* () {
        yield new Uint8Array(10);
        await between(carryout);
        throw error;
      };
      await assert.rejects(bytesOf(await app.request("/downloads/x/a.csv", { headers: ann })));
      await told.promise;
      const line = log.lines[0] ?? assert.fail("nothing was logged");
      assert.equal(line.level, level);
      assert.equal(line.fields.download, "x");
      const { error: shown, reason } = line.fields as { error?: Error; reason?: string };
      assert.equal(reason ?? shown?.message, error.message);
    });
  }

  test("lets go of the client before it asks why", async () => {
    const { app, carryout } = testApp({ log: recordingLog() });
    carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
    const { body } = await app.request("/downloads/x/a.csv", { headers: ann });
    carryout.fetch = () => new Promise(() => {}); // an engine that does not answer
    carryout.breakAfter = 100_000;
    await assert.rejects(new Response(body).arrayBuffer());
  });
});

test("nothing is read ahead, and a client that leaves ends the reading", async () => {
  const { get, carryout } = withFile();
  carryout.chunkBytes = 1_000;
  const reader = ((await get()).body as ReadableStream).getReader();
  await reader.read();
  await reader.read();
  assert.equal(carryout.reading.chunks, 2);
  assert.equal(carryout.reading.ended, false);
  await reader.cancel();
  assert.equal(carryout.reading.ended, true);
});
