import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { byColumns, byRowValue, nullKeyStatement, pageStatement, type SqlDialect } from "./sql-text.ts";

const numbered: SqlDialect = {
  quote: '"',
  longestName: 63,
  placeholder: (position) => `$${position}`,
  keyText: (column) => `${column}::text`,
  afterKey: byRowValue,
};
const unnumbered: SqlDialect = {
  quote: "`",
  longestName: 256,
  placeholder: () => "?",
  keyText: null,
  afterKey: byColumns,
};
const query = {
  select: "SELECT a, b FROM t -- all",
  values: [7],
  key: ["a", "b"],
  descending: false,
  limit: 11,
};

describe("the statement of a page", () => {
  it("has the author's SELECT as a subquery, on lines of its own", () => {
    const { text, values } = pageStatement(numbered, { ...query, after: [1, "x"] });
    assert.equal(
      text,
      'SELECT carryout_rows.*, carryout_rows."a"::text, carryout_rows."b"::text FROM (\nSELECT a, b FROM t -- all\n) ' +
        'AS carryout_rows WHERE (carryout_rows."a", carryout_rows."b") > ($2, $3) ' +
        'ORDER BY carryout_rows."a", carryout_rows."b" LIMIT 11',
    );
    assert.deepEqual(values, [7, 1, "x"]);
  });

  it("binds the values of the key as often as their placeholders occur", () => {
    const { text, values } = pageStatement(unnumbered, { ...query, descending: true, after: [1, "x"] });
    assert.match(text, /WHERE (.*) ORDER BY carryout_rows\.`a` DESC, carryout_rows\.`b` DESC LIMIT 11$/);
    const [, where] = /WHERE (.*) ORDER BY/.exec(text)!;
    assert.equal(where!.replaceAll("carryout_rows.", ""), "`a` <= ? AND (`a` < ? OR (`a` = ? AND `b` < ?))");
    assert.deepEqual(values, [7, 1, 1, 1, "x"]);
  });

  it("has no condition before the first page", () => {
    assert.doesNotMatch(pageStatement(numbered, { ...query, after: undefined }).text, /WHERE/);
  });

  it("finds keys that are null", () => {
    const { text } = nullKeyStatement(numbered, query);
    assert.match(text, /WHERE carryout_rows\."a" IS NULL OR carryout_rows\."b" IS NULL LIMIT 1$/);
  });
});

describe("names of key columns", () => {
  const named = (name: string) => pageStatement(numbered, { ...query, key: [name], after: undefined }).text;

  it("are quoted", () =>
    assert.match(named('a"; DROP TABLE t; --'), /ORDER BY carryout_rows\."a""; DROP TABLE t; --" LIMIT/));
  it("may be as long as the database allows", () => {
    assert.match(named("é".repeat(31)), /ORDER BY/);
    assert.throws(() => named("é".repeat(32)), { name: "TypeError", message: /must have at most 63 bytes/ });
  });
  it("must not contain NUL", () =>
    assert.throws(() => named("a\0"), { name: "TypeError", message: /must not contain NUL/ }));
});
