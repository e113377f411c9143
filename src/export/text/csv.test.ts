import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Cell } from "../cell.ts";
import { sampleTable } from "../sample-rows.testing.ts";
import { written } from "../written.testing.ts";
import { type CsvOptions, csv, isFormula } from "./csv.ts";

const COLUMNS = [
  { key: "name", title: "Name" },
  { key: "n", type: "number" },
] as const;

function lines(rows: readonly (readonly Cell[])[], options: CsvOptions = {}) {
  return written(csv({ header: "none", ...options }), COLUMNS, rows);
}

describe("CSV", () => {
  it("has the titles first, even in a file without rows", async () => {
    assert.equal(await written(csv(), COLUMNS, []), "Name,n\r\n");
    assert.equal(await written(csv(), COLUMNS, [["a", 1]]), "Name,n\r\na,1\r\n");
    assert.equal(await written(csv({ header: "keys" }), COLUMNS, []), "name,n\r\n");
    assert.equal(await lines([]), "");
  });

  it("can't go on before its first line is written, as at the beginning of a file in an archive", async () => {
    const sink = { async write() {} };
    const writer = await csv().open(sampleTable(), sink, { add() {}, listed: [], count: 0 }, undefined);
    assert.equal(await writer.save(), null);
    await writer.append([]);
    assert.deepEqual(await writer.save(), {});
  });

  it("quotes text that would be read differently", async () => {
    const rows = [["a,b"], ['say "no"'], ["two\r\nlines"], [" led"], [""], [null]].map(([text]) => [
      text!,
      1,
    ]);
    const given = await lines(rows);
    assert.equal(given, '"a,b",1\r\n"say ""no""",1\r\n"two\r\nlines",1\r\n" led",1\r\n"",1\r\n,1\r\n');
  });

  it("escapes text that a spreadsheet would run, but not numbers", async () => {
    const rows = ["=1+1", "+41 44 1", "-2", "@a", "\tx", "\rx", "\uff1d1", "a=1"].map((text) => [text, -2]);
    assert.equal(
      await lines(rows),
      "'=1+1,-2\r\n'+41 44 1,-2\r\n'-2,-2\r\n'@a,-2\r\n'\tx,-2\r\n\"'\rx\",-2\r\n'\uff1d1,-2\r\na=1,-2\r\n",
    );
    assert.equal(await lines([["=1+1", 1]], { formulas: "keep" }), "=1+1,1\r\n");
    assert.ok(isFormula("\n=1") && !isFormula("") && !isFormula("1-1"));
  });

  it("has separators, decimals, line ends and a byte order mark by option", async () => {
    const options = { separator: ";", decimal: ",", lineEnd: "\n", bom: true } as const;
    assert.equal(await lines([["a;b,c", 1.5]], options), '\ufeff"a;b,c";1,5\n');
    for (const separator of ["|", "\t", "^", "]", "\\"]) {
      assert.equal(await lines([[`a${separator}b`, 1]], { separator }), `"a${separator}b"${separator}1\r\n`);
    }
  });

  it("writes instants in UTC or as local times", async () => {
    const row: Cell[] = [new Date("2026-07-01T10:00:00.5Z")];
    const columns = [{ key: "at", type: "datetime" }] as const;
    assert.equal(
      await written(csv({ header: "none" }), columns, [row], "Europe/Zurich"),
      "2026-07-01T10:00:00.500Z\r\n",
    );
    const local = csv({ header: "none", times: "local" });
    assert.equal(await written(local, columns, [row], "Europe/Zurich"), "2026-07-01 12:00:00\r\n");
  });

  it("writes a row of one empty cell as a row", async () => {
    assert.equal(
      await written(csv({ header: "none" }), [{ key: "a" }], [[null], [""], ["b"]]),
      '""\r\n""\r\nb\r\n',
    );
  });

  it("keeps every digit of integers", async () => {
    assert.equal(
      await written(csv({ header: "none" }), [{ key: "a", type: "integer" }], [[2n ** 63n]]),
      "9223372036854775808\r\n",
    );
  });

  it("refuses options that would make invalid CSV", () => {
    const wrong: [options: CsvOptions, message: RegExp][] = [
      [{ separator: '"' }, /separator must be one character/],
      [{ separator: ";;" }, /separator must be one character/],
      [{ separator: "5" }, /separator must be one character/],
      [{ separator: ",", decimal: "," }, /must differ/],
      [{ lineEnd: "\r" as never }, /lineEnd must be "\\r\\n" or "\\n", not "\\r"/],
      [{ formulas: "run" as never }, /formulas must be "escape" or "keep", not "run"/],
    ];
    for (const [options, message] of wrong) assert.throws(() => csv(options), { name: "TypeError", message });
  });
});
