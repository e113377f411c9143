import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRange } from "./range.ts";

const cases: [string | null, number, ReturnType<typeof parseRange>][] = [
  [null, 10, "whole"],
  ["bytes=0-0", 10, { start: 0, end: 0 }],
  ["bytes=2-5", 10, { start: 2, end: 5 }],
  ["bytes=2-", 10, { start: 2, end: 9 }],
  ["bytes=2-99", 10, { start: 2, end: 9 }],
  ["bytes=-3", 10, { start: 7, end: 9 }],
  ["bytes=-99", 10, { start: 0, end: 9 }],
  ["BYTES=0-1", 10, { start: 0, end: 1 }],
  ["bytes= 0-1 ,", 10, { start: 0, end: 1 }],
  ["bytes=0-99999999999999999999999999", 10, { start: 0, end: 9 }],
  ["bytes=-99999999999999999999999999", 10, { start: 0, end: 9 }],
  ["bytes=10-", 10, "unsatisfiable"],
  ["bytes=10-20", 10, "unsatisfiable"],
  ["bytes=-0", 10, "unsatisfiable"],
  ["bytes=99999999999999999999999999-", 10, "unsatisfiable"],
  ["bytes=0-", 0, "unsatisfiable"],
  ["bytes=-5", 0, "whole"],
  ["bytes=5-2", 10, "whole"],
  ["bytes=9007199254740993-9007199254740992", 10, "whole"],
  ["bytes=0-1,4-5", 10, "whole"],
  ["items=0-1", 10, "whole"],
  ["bytes", 10, "whole"],
  ["bytes=", 10, "whole"],
  ["bytes=-", 10, "whole"],
  ["bytes=a-b", 10, "whole"],
  ["bytes=0x1-2", 10, "whole"],
  ["bytes=1.5-2", 10, "whole"],
  ["bytes=--1", 10, "whole"],
  ["bytes=1-2-3", 10, "whole"],
];

for (const [header, size, expected] of cases) {
  test(`Range ${header} of ${size} bytes`, () => assert.deepEqual(parseRange(header, size), expected));
}

test("a range selects what slicing selects", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.option(fc.nat(60)), fc.option(fc.nat(60)), (size, first, last) => {
      const bytes = Array.from({ length: size }, (_, index) => index);
      const range = parseRange(`bytes=${first ?? ""}-${last ?? ""}`, size);
      const isMalformed =
        (first === null && last === null) || (first !== null && last !== null && last < first);
      if (isMalformed) return assert.equal(range, "whole");
      const slice =
        first === null
          ? bytes.slice(Math.max(0, size - (last as number)))
          : bytes.slice(first, (last ?? size) + 1);
      if (typeof range === "object") assert.deepEqual(bytes.slice(range.start, range.end + 1), slice);
      else assert.deepEqual(slice, []);
    }),
  );
});

test("no header throws, and no range leaves the file", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `bytes=${text}`),
      ),
      fc.nat(),
      (header, size) => {
        const range = parseRange(header, size);
        if (typeof range === "string") return;
        assert.ok(0 <= range.start && range.start <= range.end && range.end < size);
      },
    ),
  );
});
