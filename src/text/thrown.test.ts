import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { messageOf } from "../errors.ts";
import { describeThrown, errorOf } from "./thrown.ts";

/** Everything that may be thrown, including what should not be. */
const THROWN: readonly [what: unknown, message: RegExp][] = [
  [undefined, /^undefined$/],
  [null, /^null$/],
  ["a text", /^a text$/],
  [7, /^7$/],
  [1n, /^1$/],
  [Symbol("sign"), /^Symbol\(sign\)$/],
  [{ code: 5 }, /code: 5/],
  [Object.create(null), /null prototype/],
  [Object.freeze(new Error("frozen")), /^frozen$/],
  [Object.assign(new Error("x"), { message: { not: "text" } }), /^Error: \[object Object\]/],
  [runInNewContext("new Error('of another realm')"), /^of another realm$/],
  [
    {
      get message(): string {
        throw new Error("no");
      },
    },
    /can't be shown/,
  ],
  [
    new Proxy(new Error("x"), { get: () => assert.fail(), getPrototypeOf: () => assert.fail() }),
    /can't be shown/,
  ],
];

test("a text and a description come of whatever was thrown", () => {
  for (const [thrown, message] of THROWN) {
    assert.match(messageOf(thrown), message);
    const described = describeThrown(thrown);
    assert.match(described.message, message);
    assert.deepEqual(JSON.parse(JSON.stringify(described)), described);
    assert.equal(errorOf(described).message, described.message);
  }
});

test("causes, codes and collected errors are kept, cycles and sizes are bounded", () => {
  const cause = Object.assign(new Error("no such table"), { code: "SQLITE_ERROR" });
  const error = new AggregateError([new RangeError("one"), "two"], "both failed", { cause });
  const back = errorOf(describeThrown(error)) as AggregateError & { cause: Error & { code: string } };
  assert.equal(back.cause.code, "SQLITE_ERROR");
  assert.equal(back.cause.stack, cause.stack);
  assert.deepEqual(
    back.errors.map(({ name, message }) => [name, message]),
    [
      ["RangeError", "one"],
      ["string", "two"],
    ],
  );
  const cyclic = new Error("y".repeat(1e6), { cause });
  Object.assign(cause, { cause: cyclic });
  assert.ok(JSON.stringify(describeThrown(cyclic)).length < 100_000);
});
