import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFile } from "./file-description.ts";

const type = "text/plain";

async function described(given: unknown) {
  return describeFile({ file: () => given as never }, { params: {}, requestedAt: 0 });
}

test("a description is awaited, made harmless and taken without anything else", async () => {
  assert.deepEqual(await described({ name: " a.txt ", type, parts: "planted" }), { name: "a.txt", type });
  assert.deepEqual(await described(Promise.resolve({ name: "../a", type })), { name: ".._a", type });
  const noted = { name: "a", type, note: "3 cells\nwere cut" };
  assert.deepEqual(await described(noted), { ...noted, note: "3 cells were cut" });
  const long = await described({ name: `${"n".repeat(20_000)}.txt`, type });
  assert.equal(Buffer.byteLength(long.name), 255);
});

test("an invalid description is rejected with an explanation, and is not retriable", async () => {
  const wrong: [given: unknown, message: RegExp][] = [
    [undefined, /file must return \{ name, type \}, not undefined/],
    ["a.txt", /not a string/],
    [{ type }, /name must be .* not undefined/],
    [{ name: 42, type }, /not the number 42/],
    [{ name: Promise.resolve("a"), type }, /not a Promise/],
    [{ name: "", type }, /not an empty string/],
    [{ name: " \n ".trim(), type }, /not an empty string/],
    [{ name: "a", type, note: 3 }, /note must be a string, not the number 3/],
    [{ name: "a" }, /type must be a media type .* not undefined/],
    [{ name: "a", type: "csv" }, /not "csv"/],
    [{ name: "a", type: "text/plain\r\nSet-Cookie: a=b" }, /not "text\/plain/],
  ];
  for (const [given, message] of wrong) {
    await assert.rejects(described(given), { name: "TypeError", message, retriable: false });
  }
});

test("what file throws is thrown: another attempt may succeed", async () => {
  const error = new Error("no connection");
  const generator = {
    file() {
      throw error;
    },
  };
  await assert.rejects(describeFile(generator, { params: {}, requestedAt: 0 }), (thrown) => thrown === error);
});
