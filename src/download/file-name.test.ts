import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safeFileName } from "./file-name.ts";
import { isMediaType } from "./media-type.ts";

test("a safe name is unchanged, in any script", () => {
  for (const name of [
    "orders 2026.csv",
    "städte 🏙.csv",
    "Überblick (1).tar.gz",
    "שלום.pdf",
    ".profile",
    "a",
  ]) {
    assert.equal(safeFileName(name), name);
  }
});

test("misleading characters are replaced", () => {
  assert.equal(safeFileName("invoice\u202Efdp.exe"), "invoice_fdp.exe");
  assert.equal(safeFileName("a\u2066b\u2069.txt"), "a_b_.txt");
  assert.equal(safeFileName("\u200Fשלום\u200E.pdf"), "שלום.pdf");
  assert.equal(safeFileName("../../etc/passwd"), ".._.._etc_passwd");
  assert.equal(safeFileName("a\\b\r\nSet-Cookie: x\u0000.txt"), "a_b__Set-Cookie: x_.txt");
  assert.equal(safeFileName("  spaced.txt\n "), "spaced.txt_");
  assert.equal(safeFileName(".."), "_");
  assert.equal(safeFileName(" \ufeff "), "");
  assert.equal(safeFileName("\ud800.txt"), "\ufffd.txt");
});

test("a long name keeps its extension, and no character is split", () => {
  assert.equal(safeFileName(`${"n".repeat(20_000)}.txt`), `${"n".repeat(251)}.txt`);
  const cities = safeFileName(`${"🏙".repeat(200)}.csv`);
  assert.equal(cities, `${"🏙".repeat(62)}.csv`);
});

test("any input gives a safe name of at most 255 bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 700 }), (given) => {
      const name = safeFileName(given);
      assert.ok(Buffer.byteLength(name) <= 255);
      assert.ok(name.isWellFormed());
      assert.ok(!/[\p{Cc}\u202a-\u202e\u2066-\u2069/\\]/u.test(name));
      assert.equal(safeFileName(name), name);
    }),
    { numRuns: 500 },
  );
});

test("valid and invalid media types are distinguished", () => {
  const right = [
    "text/csv",
    "text/csv; charset=utf-8",
    "application/vnd.ms-excel",
    'a/b;c="d \\" e";f=g',
    "image/svg+xml",
  ];
  for (const type of right) assert.ok(isMediaType(type), type);
  const wrong = [
    "",
    "csv",
    "text/",
    "text/csv\r\nSet-Cookie: x",
    "text/csv;",
    "text/csv; charset",
    "é/x",
    `a/${"b".repeat(300)}`,
  ];
  for (const type of wrong) assert.ok(!isMediaType(type), type);
});
