import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PROBLEMS, type ProblemCode } from "../../src/http/problems.ts";
import { rowsOf, textOf } from "./page.ts";

const rows = rowsOf(textOf("docs/reference/errors.md"), "code");

describe("the page of errors", () => {
  it("has each code once, and no other", () => {
    assert.deepEqual(rows.flatMap(({ names }) => names).toSorted(), Object.keys(PROBLEMS).toSorted());
  });

  it("gives status and Retry-After as they are sent", () => {
    for (const { names, cells } of rows) {
      const [code] = names as [ProblemCode];
      const { status, retryAfter } = PROBLEMS[code];
      // Codes that only end a download or a startup have no status of their own.
      assert.equal(cells.status ?? "500", String(status), code);
      assert.equal(cells["retry after"] ?? "", retryAfter === undefined ? "" : `${retryAfter} s`, code);
    }
  });

  it("gives a cause for each", () => {
    for (const { names, cells } of rows) assert.notEqual(cells.cause, "", names[0]);
  });
});
