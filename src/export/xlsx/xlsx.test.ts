import assert from "node:assert/strict";
import { it } from "node:test";
import type { Cell, Link, Row } from "../cell.ts";
import type { ColumnType } from "../column.ts";
import type { Table } from "../format.ts";
import { AWKWARD_TEXTS, sampleColumn, sampleRows, sampleTable } from "../sample-rows.testing.ts";
import { writerContract } from "../writer-contract.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import { type ReadCell, type ReadSheet, readXlsx } from "./read-xlsx.testing.ts";
import { lettersOf } from "./sheet.ts";
import { xlsx } from "./xlsx.ts";

const small = xlsx({ rowsPerSheet: 400, saveDistance: { least: 15_000, most: 40_000 } });

writerContract("xlsx", {
  format: small,
  rows: 1_500,
  verify(bytes, rows, table) {
    const sheets = readXlsx(bytes).sheets.filter(({ name }) => name !== "Notes");
    const read = sheets.flatMap(({ rows: [head, ...others] }) => {
      for (const [at, { title }] of table.columns.entries()) assert.equal(head![lettersOf(at)]!.value, title);
      return others;
    });
    assert.equal(read.length, rows.length);
    assert.ok(sheets.slice(0, -1).every((sheet) => sheet.rows.length === 400));
    for (const [at, row] of rows.entries()) assertRow(read[at]!, row, table);
  },
});

function assertRow(read: Record<string, ReadCell>, row: Row, { columns }: Table): void {
  for (const [at, cell] of row.entries()) {
    const value = read[lettersOf(at)]?.value ?? null;
    assert.deepEqual(value, expectedOf(cell, columns[at]!.type), columns[at]!.title);
  }
}

/** Without the cases that cause warnings, which have their own tests by type. */
function expectedOf(cell: Cell, type: ColumnType): ReadCell["value"] | null {
  if (cell === null) return null;
  if (type === "text") return (cell as string).slice(0, 32_767);
  if (type === "link") return (cell as Link).text;
  if (type === "boolean") return cell as boolean;
  if (type === "number") return (cell as number) + 0;
  if (type === "integer") return Math.abs(Number(cell)) < 1e15 ? Number(cell) : String(cell);
  if (type === "date") return (cell as string) < "1900-03-01" ? (cell as string) : days(`${cell}T00:00:00Z`);
  const instant = cell as Date;
  if (instant.getUTCFullYear() < 1901) return instant.toISOString();
  return days(shownIn("Europe/Zurich", instant));
}

function days(iso: string): number {
  return (Date.parse(iso) - Date.parse("1899-12-30T00:00:00Z")) / 86_400_000;
}

/** Via text, which is slow but independent of the writer's method. */
function shownIn(timeZone: string, instant: Date): string {
  const text = instant.toLocaleString("sv-SE", { timeZone }).replace(" ", "T");
  return `${text}.${instant.toISOString().slice(20)}`;
}

async function write(columns: ReturnType<typeof sampleColumn>[], rows: Row[], changes: Partial<Table> = {}) {
  const table = sampleTable({ columns, ...changes });
  const run = await runWriter(xlsx(), table, [rows]);
  return { ...run, ...readXlsx(run.bytes), table };
}

function valuesIn({ rows }: ReadSheet, letters = "A"): (ReadCell["value"] | undefined)[] {
  return rows.slice(1).map((row) => row[letters]?.value);
}

it("preserves awkward texts", async () => {
  const texts = AWKWARD_TEXTS.filter((text) => text.length <= 32_767);
  const { sheets, warnings } = await write(
    [sampleColumn("text")],
    texts.map((text) => [text]),
  );
  assert.deepEqual(valuesIn(sheets[0]!), texts);
  assert.deepEqual(warnings, []);
  assert.equal(sheets.length, 1);
});

it("cuts text longer than a cell between characters, and lists it on a sheet of notes", async () => {
  const long = `${"x".repeat(32_766)}👩 and more`;
  const { sheets, warnings } = await write([sampleColumn("text", { title: "Remarks" })], [["short"], [long]]);
  assert.equal(valuesIn(sheets[0]!)[1], "x".repeat(32_766));
  const note = `row 2, column "Remarks": text of ${long.length} characters is cut to 32767, the most that a cell can hold`;
  assert.deepEqual(warnings, [note]);
  assert.equal(sheets[1]!.name, "Notes");
  assert.equal(sheets[1]!.rows[0]!.A!.value, note);
});

it("writes days as serial numbers, or as text where there is none", async () => {
  const { sheets, warnings } = await write(
    [sampleColumn("date")],
    [["1900-02-28"], ["1900-03-01"], ["1970-01-01"], ["2026-11-25"], ["9999-12-31"], ["0001-01-01"]],
  );
  assert.deepEqual(valuesIn(sheets[0]!), ["1900-02-28", 61, 25_569, 46_351, 2_958_465, "0001-01-01"]);
  assert.match(
    warnings[0]!,
    /row 1, column "A date": 1900-02-28 is kept as text, since spreadsheets have no dates before/,
  );
});

it("writes instants in local time, even around clock changes", async () => {
  const instants = [
    "2026-10-25T00:59:59Z",
    "2026-10-25T01:00:00Z",
    "2026-07-01T12:00:00.5Z",
    "9999-12-31T23:30:00Z",
  ];
  const { sheets } = await write(
    [sampleColumn("datetime")],
    instants.map((iso) => [new Date(iso)]),
  );
  assert.deepEqual(valuesIn(sheets[0]!), [
    days("2026-10-25T02:59:59Z"),
    days("2026-10-25T02:00:00Z"),
    days("2026-07-01T14:00:00.5Z"),
    "9999-12-31T23:30:00.000Z",
  ]);
});

it("writes integers of 16 or more digits as text", async () => {
  const integers = [
    999_999_999_999_999,
    -999_999_999_999_999,
    10n ** 15n,
    Number.MAX_SAFE_INTEGER,
    -(10n ** 20n),
  ];
  const { sheets, warnings } = await write(
    [sampleColumn("integer")],
    integers.map((integer) => [integer]),
  );
  assert.deepEqual(valuesIn(sheets[0]!), [
    999_999_999_999_999,
    -999_999_999_999_999,
    "1000000000000000",
    "9007199254740991",
    "-100000000000000000000",
  ]);
  assert.equal(warnings.length, 3);
});

it("writes links as formulas that their text can't break out of", async () => {
  const links = [
    { text: "plain", href: "https://example.org/?a=1&b=2" },
    { text: '"&CMD()&" <b> \u0007 _x0041_', href: 'https://example.org/"x"' },
    { text: "x", href: `https://example.org/${"y".repeat(300)}` },
  ];
  const { sheets, warnings } = await write(
    [sampleColumn("link")],
    links.map((link) => [link]),
  );
  const [, first, second, third] = sheets[0]!.rows.map((row) => row.A!);
  assert.equal(first!.formula, 'HYPERLINK("https://example.org/?a=1&b=2","plain")');
  assert.equal(second!.formula, 'HYPERLINK("https://example.org/""x""","""&CMD()&"" <b>   _"&"x0041_")');
  assert.equal(second!.value, links[1]!.text);
  assert.equal(third!.formula, null);
  assert.equal(third!.value, `x (${links[2]!.href})`);
  assert.match(warnings[0]!, /row 3, column "A link": a link of more than 255 characters is kept as text/);
});

it("styles columns: alignment, weight, decimals, widths", async () => {
  const columns = [
    sampleColumn("number", { decimals: 2, bold: true, width: 33, title: "Price" }),
    sampleColumn("number", { decimals: 0, align: "center" }),
    sampleColumn("text", { title: "t".repeat(100) }),
  ];
  const { sheets, parts } = await write(columns, [[1.5, 2, "three"]]);
  const styles = parts.get("xl/styles.xml")!.toString();
  const xfs = [.../<cellXfs.*<\/cellXfs>/s.exec(styles)![0].matchAll(/<xf .*?(?:<\/xf>|\/>)/gs)].map(String);
  const [price, count] = [sheets[0]!.rows[1]!.A!, sheets[0]!.rows[1]!.B!].map(({ style }) => xfs[style]!);
  const format = (code: string) => new RegExp(`numFmtId="(\\d+)" formatCode="${code}"`).exec(styles)![1];
  assert.match(price!, new RegExp(`numFmtId="${format("#,##0.00")}" fontId="1".*horizontal="right"`));
  assert.match(count!, new RegExp(`numFmtId="${format("#,##0")}" fontId="0".*horizontal="center"`));
  const widths = [...sheets[0]!.xml.matchAll(/<col [^>]*width="(\d+)"/g)].map(([, width]) => Number(width));
  assert.deepEqual(widths, [33, 14, 60]);
});

it("gives sheets valid names", async () => {
  const named = async (title: string, rows = 1) => {
    const table = sampleTable({ title, columns: [sampleColumn("text")] });
    const { bytes } = await runWriter(xlsx({ rowsPerSheet: 3 }), table, [sampleRows(table, rows)]);
    return readXlsx(bytes).sheets.map(({ name }) => name);
  };
  assert.deepEqual(await named("Orders & returns", 5), [
    "Orders & returns",
    "Orders & returns 2",
    "Orders & returns 3",
  ]);
  assert.deepEqual(await named("'[a]:b*c?d/e\\f\u0000g'"), ["a b c d e f g"]);
  assert.deepEqual(await named(""), ["Table"]);
  assert.deepEqual(await named("notes", 3), ["notes 1", "notes 2"]);
  const [first, second] = await named(`${"x".repeat(28)}👩👩`, 3);
  assert.deepEqual([first, second], [`${"x".repeat(28)}👩`, `${"x".repeat(28)} 2`]);
});

it("fills a sheet to its last row before it starts another", async () => {
  const table = sampleTable({ columns: [sampleColumn("text")] });
  for (const [rows, expected] of [
    [9, [10]],
    [10, [10, 2]],
    [18, [10, 10]],
  ] as const) {
    const { bytes } = await runWriter(xlsx({ rowsPerSheet: 10 }), table, [sampleRows(table, rows)]);
    const { sheets, parts } = readXlsx(bytes);
    assert.deepEqual(
      sheets.map((sheet) => sheet.rows.length),
      expected,
    );
    assert.match(
      parts.get("xl/workbook.xml")!.toString(),
      /localSheetId="0" hidden="1">'Orders &amp; returns'!\$A\$1:\$A\$10</,
    );
  }
});

it("keeps the header in view, with a filter, and contains the time of the request", async () => {
  const { sheets, parts } = await write([sampleColumn("text"), sampleColumn("date")], [["a", null]]);
  assert.match(sheets[0]!.xml, /<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"\/>/);
  assert.match(sheets[0]!.xml, /<\/sheetData><autoFilter ref="A1:B2"\/>/);
  const properties = parts.get("docProps/core.xml")!.toString();
  assert.match(properties, /<dc:title>Orders &amp; returns</);
  assert.match(properties, /created[^>]*>2026-11-25T09:30:15Z</);
  assert.equal([...parts.keys()][0], "_rels/.rels");
});

it("refuses more columns than a sheet has", () => {
  const columns = Array.from({ length: 16_385 }, () => sampleColumn("text"));
  assert.throws(() => xlsx().check!(columns), {
    name: "TypeError",
    message: /at most 16384 columns, not 16385/,
  });
  xlsx().check!(columns.slice(1));
  assert.equal(lettersOf(16_383), "XFD");
});
