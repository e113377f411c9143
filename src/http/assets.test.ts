import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from "node:zlib";
import { testApp } from "./app.testing.ts";

const dir = mkdtempSync(join(tmpdir(), "carryout-assets-"));
after(() => rmSync(dir, { recursive: true }));
mkdirSync(join(dir, "assets"));
writeFileSync(join(dir, "secret.txt"), "secret");
writeFileSync(join(dir, "assets", "elements.js"), "export {};");
writeFileSync(join(dir, "assets", "page-B4xKq9Zz.css"), "body {}");
const large = "a { color: red }\n".repeat(200);
writeFileSync(join(dir, "assets", "large.css"), large);
writeFileSync(join(dir, "assets", "both.css"), large);
writeFileSync(join(dir, "assets", "both.css.br"), brotliCompressSync(large));
writeFileSync(join(dir, "assets", "notes.txt"), "not for browsers");

const app = () => testApp({ assets: { dir: join(dir, "assets") } }).app;

test("a built file with its type and tag; 304 when it is known", async () => {
  const response = await app().request("/carryout/elements.js");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.equal(response.headers.get("cache-control"), "public, no-cache");
  assert.equal(await response.text(), "export {};");
  const headers = { "If-None-Match": response.headers.get("etag") as string };
  assert.equal((await app().request("/carryout/elements.js", { headers })).status, 304);
});

test("text is sent compressed to clients that accept it, with its own entity tag", async () => {
  const plain = await app().request("/carryout/large.css");
  const zipped = await app().request("/carryout/large.css", { headers: { "Accept-Encoding": "br, gzip" } });
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  assert.equal(zipped.headers.get("vary"), "Accept-Encoding");
  assert.notEqual(zipped.headers.get("etag"), plain.headers.get("etag"));
  assert.equal(gunzipSync(await zipped.arrayBuffer()).toString(), await plain.text());
  for (const refusal of ["", "identity", "gzip;q=0", "br"]) {
    const response = await app().request("/carryout/large.css", { headers: { "Accept-Encoding": refusal } });
    assert.equal(response.headers.get("content-encoding"), null, refusal);
    assert.equal(response.headers.get("vary"), "Accept-Encoding");
  }
});

test("what the build compressed by Brotli is sent to clients that prefer it or have no preference", async () => {
  const get = (accepted: string) =>
    app().request("/carryout/both.css", { headers: { "Accept-Encoding": accepted } });
  const response = await get("gzip, deflate, br, zstd");
  assert.equal(response.headers.get("content-encoding"), "br");
  assert.equal(response.headers.get("vary"), "Accept-Encoding");
  assert.equal(response.headers.get("content-type"), "text/css; charset=utf-8");
  assert.equal(brotliDecompressSync(await response.arrayBuffer()).toString(), large);
  const etags = await Promise.all(
    ["br", "gzip", "identity"].map(async (one) => (await get(one)).headers.get("etag")),
  );
  assert.equal(new Set(etags).size, 3);
  for (const [accepted, coding] of [
    ["br;q=0.5, gzip", "gzip"],
    ["gzip;q=0.8, br;q=0.9", "br"],
    ["BR ; Q=1.0", "br"],
    ["*", "br"],
    ["br;q=0, *", "gzip"],
    ["identity, gzip;q=0.5", null],
    ["gzip;q=0.001", "gzip"],
    ["br;q=nonsense", null],
    ["*;q=0", null],
    ["", null],
  ] as const) {
    assert.equal((await get(accepted)).headers.get("content-encoding"), coding, accepted);
  }
});

test("a name with a digest may be cached forever", async () => {
  const response = await app().request("/carryout/page-B4xKq9Zz.css");
  assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
});

test("nothing else is served", async () => {
  for (const path of [
    "other.js",
    "notes.txt",
    "both.css.br",
    "..%2Fsecret.txt",
    "../secret.txt",
    "%2e%2e/secret.txt",
    "assets",
    "x/y",
  ]) {
    assert.equal((await app().request(`/carryout/${path}`)).status, 404, path);
  }
});

test("a folder that can't be read is said at the start", () => {
  assert.throws(() => testApp({ assets: { dir: join(dir, "missing") } }), { code: "invalid-config" });
});
