import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CarryoutError } from "../../errors.ts";
import { readS3Url, type S3Place } from "./s3-url.ts";

const PLAIN: S3Place = {
  bucket: "bucket",
  prefix: "",
  region: null,
  endpoint: null,
  pathStyle: false,
  encryption: null,
  kmsKey: null,
  delivery: "node",
  linkSeconds: 60,
  shown: "s3://bucket",
};

/** The URL, and in what its content differs from the plain one. */
const urls: [string, Partial<S3Place>][] = [
  ["s3://bucket", {}],
  ["s3://bucket/", {}],
  ["s3://bucket/a/b-c", { prefix: "a/b-c/", shown: "s3://bucket/a/b-c" }],
  ["s3://bucket/a/?region=eu-central-1", { prefix: "a/", region: "eu-central-1", shown: "s3://bucket/a/" }],
  ["s3://bucket?endpoint=https://s3.example.com", { endpoint: "https://s3.example.com", pathStyle: true }],
  [
    "s3://bucket?endpoint=http%3A%2F%2F127.0.0.1%3A9000&pathStyle=false",
    { endpoint: "http://127.0.0.1:9000", pathStyle: false },
  ],
  ["s3://bucket?pathStyle=true", { pathStyle: true }],
  ["s3://bucket?encryption=AES256", { encryption: "AES256" }],
  [
    "s3://bucket?kmsKey=arn:aws:kms:eu-central-1:1:key/2",
    { encryption: "aws:kms", kmsKey: "arn:aws:kms:eu-central-1:1:key/2" },
  ],
  ["s3://bucket?kmsKey=2&encryption=aws:kms:dsse", { encryption: "aws:kms:dsse", kmsKey: "2" }],
  ["s3://bucket?delivery=redirect&linkSeconds=300", { delivery: "redirect", linkSeconds: 300 }],
];

test("the content of a URL", () => {
  for (const [url, change] of urls) assert.deepEqual(readS3Url(url), { ...PLAIN, ...change }, url);
});

/** The URL, and what the error must say. */
const mistakes: [string, RegExp][] = [
  ["s3://", /the bucket is missing$/],
  ["s3:bucket", /the bucket is missing$/],
  ["s3://a", /"a" is not the name of a bucket$/],
  ["s3://bucket/../x", /the prefix must be made of .*, not "\.\.\/x"$/],
  ["s3://bucket/a b", /the prefix must be made of/],
  ["s3://bucket//a", /the prefix must be made of/],
  ["s3://bucket?regoin=x", /unknown option "regoin"; did you mean region\?$/],
  ["s3://bucket?acl=public", /unknown option "acl"; available: region, endpoint, pathStyle, /],
  ["s3://bucket?region=a&region=b", /option region given twice$/],
  ["s3://bucket?region=", /region must be a region such as eu-central-1, not ""$/],
  ["s3://bucket?endpoint=s3.example.com", /endpoint must be a URL such as .*, not "s3\.example\.com"$/],
  ["s3://bucket?endpoint=ftp://x", /endpoint must be a URL/],
  ["s3://bucket?pathStyle=yes", /pathStyle must be "true" or "false", not "yes"$/],
  ["s3://bucket?encryption=aes", /encryption must be "AES256" or "aws:kms" or "aws:kms:dsse", not "aes"$/],
  ["s3://bucket?encryption=AES256&kmsKey=2", /kmsKey does not go with encryption=AES256$/],
  ["s3://bucket?delivery=direct", /delivery must be "node" or "redirect", not "direct"$/],
  [
    "s3://bucket?delivery=redirect&linkSeconds=0",
    /linkSeconds must be a whole number from 1 to 3600, not "0"$/,
  ],
  ["s3://bucket?linkSeconds=60", /linkSeconds needs delivery=redirect$/],
];

test("an invalid URL is reported with what was expected and what was given", () => {
  for (const [url, message] of mistakes) {
    assert.throws(() => readS3Url(url), { code: "invalid-config", message }, url);
    assert.throws(() => readS3Url(url), {
      message: /^expected s3:\/\/BUCKET\/PREFIX for the files, got "s3:/,
    });
  }
});

test("credentials in a URL are refused and not repeated", () => {
  for (const url of [
    "s3://AKIA:secret@bucket/x",
    "s3://bucket?endpoint=https://AKIA:secret@s3.example.com",
  ]) {
    assert.throws(
      () => readS3Url(url),
      (error: Error) => {
        assert.doesNotMatch(error.message, /AKIA|secret(?!_|s)/);
        return true;
      },
    );
  }
});

test("no input crashes the parser", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.webUrl()),
      fc.constantFrom("", "s3://", "s3://bucket/", "s3://bucket?"),
      (text, start) => {
        try {
          readS3Url(start + text);
        } catch (error) {
          assert.ok(error instanceof CarryoutError && error.code === "invalid-config", String(error));
        }
      },
    ),
  );
});
