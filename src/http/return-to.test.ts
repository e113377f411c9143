import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { returnPath } from "./return-to.ts";

const HOST = "app.example:4000";

const cases: [string | null, string | null, string | null, string][] = [
  ["/cities?country=NL#tray", null, null, "/cities?country=NL#tray"],
  [null, null, null, "/"],
  [null, "http://app.example:4000/cities?page=2", null, "/cities?page=2"],
  [null, "https://evil.example/cities", null, "/"],
  ["https://evil.example/", null, null, "/"],
  ["//evil.example/", null, null, "/"],
  ["/\\evil.example/", null, null, "/"],
  ["/\t/evil.example/", null, null, "/"],
  ["/.//evil.example/", null, null, "/"],
  ["/a/..//evil.example/", null, null, "/"],
  ["javascript:alert(1)", null, null, "/"],
  ["cities", null, null, "/"],
  ["/cities?x=1", null, "unknown-kind", "/cities?x=1&carryout_error=unknown-kind"],
  ["/cities?carryout_error=old&x=1", null, null, "/cities?x=1"],
  ["/cities?carryout_error=old", null, "draining", "/cities?carryout_error=draining"],
];

for (const [returnTo, referer, problem, expected] of cases) {
  test(`return_to ${returnTo}, referer ${referer}, problem ${problem}: ${expected}`, () => {
    assert.equal(returnPath(returnTo, referer, HOST, problem, "/"), expected);
  });
}

const fragment = fc.constantFrom(
  "/",
  "\\",
  ".",
  "..",
  "\t",
  "\n",
  "@",
  ":",
  "?",
  "#",
  "%2f",
  "evil.example",
  "http:",
  "a",
);
const path = fc.oneof(
  fc.string(),
  fc.webUrl(),
  fc.array(fragment).map((parts) => parts.join("")),
);

test("no return_to and no referer leads to another origin", () => {
  fc.assert(
    fc.property(
      fc.option(path),
      fc.option(path),
      fc.option(fc.constant("draining")),
      (returnTo, referer, problem) => {
        for (const prefix of ["", "/", "//"]) {
          const location = returnPath(
            returnTo === null ? null : prefix + returnTo,
            referer,
            HOST,
            problem,
            "/",
          );
          const url = new URL(location, `https://${HOST}/downloads`);
          assert.equal(url.origin, `https://${HOST}`, location);
          assert.match(location, /^\/(?!\/)/);
        }
      },
    ),
    { numRuns: 500 },
  );
});
