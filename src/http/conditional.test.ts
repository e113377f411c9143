import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateConditions, httpDate, parseHttpDate, rangeApplies } from "./conditional.ts";

const modifiedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const current = { etag: '"abc"', modifiedAt };
const same = httpDate(modifiedAt);
const earlier = httpDate(modifiedAt - 1_000);
const later = httpDate(modifiedAt + 1_000);

const verdicts: [Record<string, string>, string][] = [
  [{}, "go-on"],
  [{ "If-None-Match": '"abc"' }, "not-modified"],
  [{ "If-None-Match": 'W/"abc"' }, "not-modified"],
  [{ "If-None-Match": '"x", W/"abc"' }, "not-modified"],
  [{ "If-None-Match": "*" }, "not-modified"],
  [{ "If-None-Match": '"x"' }, "go-on"],
  [{ "If-None-Match": "abc" }, "go-on"],
  [{ "If-None-Match": '"x"', "If-Modified-Since": same }, "go-on"],
  [{ "If-Modified-Since": same }, "not-modified"],
  [{ "If-Modified-Since": later }, "not-modified"],
  [{ "If-Modified-Since": earlier }, "go-on"],
  [{ "If-Modified-Since": "yesterday" }, "go-on"],
  [{ "If-Match": '"abc"' }, "go-on"],
  [{ "If-Match": "*" }, "go-on"],
  [{ "If-Match": '"x"' }, "failed"],
  [{ "If-Match": 'W/"abc"' }, "failed"],
  [{ "If-Match": '"abc"', "If-Unmodified-Since": earlier }, "go-on"],
  [{ "If-Unmodified-Since": same }, "go-on"],
  [{ "If-Unmodified-Since": earlier }, "failed"],
  [{ "If-Unmodified-Since": "1" }, "go-on"],
  [{ "If-Match": '"abc"', "If-None-Match": '"abc"' }, "not-modified"],
];

for (const [headers, verdict] of verdicts) {
  test(`${JSON.stringify(headers)}: ${verdict}`, () => {
    assert.equal(evaluateConditions(new Headers(headers), current), verdict);
  });
}

const ifRanges: [string | null, boolean][] = [
  [null, true],
  ['"abc"', true],
  ['"x"', false],
  ['W/"abc"', false],
  ["abc", false],
  [same, true],
  [earlier, false],
  [later, false],
  ["not a date", false],
];

for (const [header, applies] of ifRanges) {
  test(`If-Range ${header}: ${applies}`, () => assert.equal(rangeApplies(header, current), applies));
}

test("a date is read in the three formats of the RFC", () => {
  const expected = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.equal(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  assert.equal(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  assert.equal(parseHttpDate("Sun Nov  6 08:49:37 1994"), expected);
  assert.equal(parseHttpDate("0"), null);
  assert.equal(parseHttpDate("Sun, nonsense"), null);
});
