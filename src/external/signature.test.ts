import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hmac, signatureBase, signatureHeaders } from "./signature.ts";

describe("signatures of requests", () => {
  it("are those of RFC 9421, appendix B.2.5", () => {
    const { base } = signatureBase(
      [
        ["date", "Tue, 20 Apr 2021 02:07:55 GMT"],
        ["@authority", "example.com"],
        ["content-type", "application/json"],
      ],
      ';created=1618884473;keyid="test-shared-secret"',
    );
    const secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    assert.equal(hmac(Buffer.from(secret, "base64"), base), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
  });

  it("match the documented ones, for services to test against", () => {
    const message = {
      method: "POST",
      url: new URL("https://reports.example.com:8443/orders?year=2026&lang=de"),
      body: Buffer.from('{"year":2026}'),
      created: 1_795_000_000,
      nonce: "aGVsbG8gd29ybGQhISEhIQ",
    };
    assert.deepEqual(
      signatureHeaders(message, { secret: "correct horse battery staple 1234", keyId: "shop" }),
      {
        "content-digest": "sha-256=:P4SXktsPml95mXUSz46H+OwXAu1M91O/Tr5dwC34qMw=:",
        "signature-input":
          'carryout=("@method" "@authority" "@path" "@query" "content-digest")' +
          ';created=1795000000;nonce="aGVsbG8gd29ybGQhISEhIQ";keyid="shop";alg="hmac-sha256"',
        signature: "carryout=:XJXFBpHynGMRAekE2ZLVOaPNYDwmQmie79dSF3eDz/g=:",
      },
    );
  });

  it("cover method, authority, path, query, body, time and nonce", () => {
    const message = {
      method: "GET",
      url: new URL("https://a.example/x"),
      body: Buffer.alloc(0),
      created: 1,
      nonce: "n",
    };
    const key = { secret: "s" };
    const sign = (other: object) => signatureHeaders({ ...message, ...other }, key).signature;
    const all = [
      sign({}),
      sign({ method: "POST" }),
      sign({ url: new URL("https://b.example/x") }),
      sign({ url: new URL("https://a.example:444/x") }),
      sign({ url: new URL("https://a.example/y") }),
      sign({ url: new URL("https://a.example/x?y") }),
      sign({ body: Buffer.from("x") }),
      sign({ created: 2 }),
      sign({ nonce: "m" }),
      signatureHeaders(message, { secret: "t" }).signature,
      signatureHeaders(message, { secret: "s", keyId: "other" }).signature,
    ];
    assert.equal(new Set(all).size, all.length);
  });
});
