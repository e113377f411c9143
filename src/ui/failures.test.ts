import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceView } from "../client/download-view.ts";
import { sample } from "../client/sample.testing.ts";
import { failureText, isTechnical, problemText } from "./failures.ts";
import { wordsIn } from "./words/every.ts";

const words = wordsIn("en");

const problem = { code: "invalid-parameters", message: "n: Invalid input", retriable: false };
const text = (errors: { path: string; message: string }[], titles = {}) =>
  problemText({ ...problem, errors }, words, "en", titles);

function failure(code: string, message: string) {
  const error = { code, message, retriable: true };
  return failureText(advanceView(undefined, sample({ id: "x1", state: "error", error })), words);
}

test("texts for developers become the names of fields in a plain sentence", () => {
  const message = "Invalid input: expected number, received NaN";
  assert.equal(text([{ path: "n", message }]), "Some settings were not accepted: N.");
  assert.equal(
    text(
      [
        { path: "year", message },
        { path: "from.date", message: "Invalid ISO date: must match pattern /x/" },
      ],
      { year: "Jahr" },
    ),
    "Some settings were not accepted: Jahr, From date.",
  );
});

test("the application's own sentences stay", () => {
  assert.equal(
    text([{ path: "customer", message: "There is no such customer." }]),
    "There is no such customer.",
  );
  assert.equal(failure("generation-failed", "You have no orders in 2026."), "You have no orders in 2026.");
});

test("default messages of schema libraries are recognised", () => {
  for (const message of [
    "Invalid input: expected number, received NaN",
    'Invalid option: expected one of "a"|"b"',
    "Too small: expected number to be >=0",
    "Invalid type: Expected number but received NaN",
    "n must be a number (was NaN)",
    'Unrecognized key: "x"',
  ]) {
    assert.ok(isTechnical(message), message);
  }
});

test("why a download failed, in the page's language; the reference helps those who look for the reason", () => {
  assert.equal(failure("generation-timed-out", "timeoutMs was exceeded"), words.tooSlow);
  assert.equal(
    failure("generation-failed", "The file could not be generated. Reference: x1"),
    "Something went wrong on the server. Reference: x1",
  );
});

test("refusals have words; unknown codes keep their message", () => {
  const refusal = (code: string) => problemText({ ...problem, code, message: "x" }, words, "en");
  assert.equal(refusal("signed-out"), words.signedOut);
  assert.equal(refusal("too-many-downloads"), words.tooMany);
  assert.equal(refusal("closed-on-sundays"), "x");
  assert.equal(refusal("constructor"), "x");
});
