/** @module Workbooks as other programs read them: LibreOffice, exceljs and Python's XML parser. */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import ExcelJS from "exceljs";
import type { Row } from "../../src/export/cell.ts";
import {
  AWKWARD_TEXTS,
  sampleBatches,
  sampleColumn,
  sampleRows,
  sampleTable,
} from "../../src/export/sample-rows.testing.ts";
import { runWriter } from "../../src/export/writer-run.testing.ts";
import { xlsx } from "../../src/export/xlsx/xlsx.ts";
import { inFolder, python, runProgram, unless } from "../support/outside-programs.ts";

const TABLE = sampleTable({ title: "Orders" });
const ROWS: Row[] = [
  [
    "Zürich, 東京 👩",
    1234.5,
    42,
    true,
    "2024-02-29",
    new Date("2026-07-01T12:30:45Z"),
    { text: "a & b", href: "https://example.org/?a=1&b=2" },
  ],
  [
    " two\nlines ",
    -0.1,
    2n ** 60n,
    false,
    "1899-12-31",
    new Date("2026-01-01T00:00:00Z"),
    { text: 'say "hi"', href: "https://example.org/" },
  ],
  [null, null, null, null, null, null, null],
  ["=1+1", 1e-7, -5, true, "9999-12-31", new Date("1900-03-01T00:00:00Z"), null],
];

/** What LibreOffice shows of each sheet, as CSV. */
async function shownByLibreOffice(folder: string, bytes: Buffer): Promise<Record<string, string>> {
  const path = join(folder, "table.xlsx");
  await writeFile(path, bytes);
  // Commas, quotes, UTF-8, values as they are shown, every sheet into a file of its own.
  const filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true,false,false,false,-1";
  const profile = `-env:UserInstallation=file://${join(folder, "profile")}`;
  await runProgram("soffice", profile, "--headless", "--convert-to", filter, "--outdir", folder, path);
  const shown: Record<string, string> = {};
  for (const file of await readdir(folder)) {
    const sheet = /^table-(.*)\.csv$/.exec(file)?.[1];
    if (sheet !== undefined) shown[sheet] = await readFile(join(folder, file), "utf8");
  }
  return shown;
}

describe("LibreOffice", { skip: unless("soffice") }, () => {
  it("shows every value as intended", () =>
    inFolder(async (folder) => {
      const { bytes } = await runWriter(xlsx(), TABLE, [ROWS]);
      const { Orders, Notes } = await shownByLibreOffice(folder, bytes);
      assert.equal(
        Orders,
        [
          "A text,A number,A integer,A boolean,A date,A datetime,A link",
          '"Zürich, 東京 👩",1234.5,42,TRUE,2024-02-29,2026-07-01 14:30:45,a & b',
          '" two\nlines ",-0.1,1152921504606846976,FALSE,1899-12-31,2026-01-01 01:00:00,"say ""hi"""',
          ",,,,,,",
          "=1+1,0.0000001,-5,TRUE,9999-12-31,1900-03-01 01:00:00,",
          "",
        ].join("\n"),
      );
      assert.match(Notes!, /1152921504606846976 is kept as text/);
      assert.match(Notes!, /1899-12-31 is kept as text/);
    }));

  it("reads all sheets of a split table, and awkward texts", () =>
    inFolder(async (folder) => {
      const columns = [sampleColumn("text"), sampleColumn("integer")];
      const texts = AWKWARD_TEXTS.filter((text) => text !== "" && text.length < 32_767);
      const rows = texts.map((text, at): Row => [text, at]);
      const table = sampleTable({ title: "T", columns });
      const { bytes } = await runWriter(xlsx({ rowsPerSheet: 6 }), table, [rows]);
      const shown = await shownByLibreOffice(folder, bytes);
      const sheets = Math.ceil(rows.length / 5);
      assert.deepEqual(
        Object.keys(shown).sort(),
        Array.from({ length: sheets }, (_, at) => (at === 0 ? "T" : `T ${at + 1}`)).sort(),
      );
      const numbers = Object.values(shown).flatMap((csv) =>
        [...csv.matchAll(/,(\d+)$/gm)].map(([, number]) => Number(number)),
      );
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        rows.map((_, at) => at),
      );
      const all = Object.values(shown).join("");
      for (const text of ["_x0041_ _x000D_", "東京 서울 北京", "👩🏽‍🚀 🇨🇭 𝒳", "<b>&amp;</b> ]]>"])
        assert.ok(all.includes(text), text);
    }));
});

it("exceljs reads types, links, widths and the frozen head", async () => {
  const { bytes } = await runWriter(xlsx(), TABLE, [ROWS]);
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(bytes as unknown as ArrayBuffer);
  assert.equal(book.title, "Orders");
  const sheet = book.getWorksheet("Orders")!;
  assert.deepEqual([sheet.views[0]!.state, (sheet.views[0] as { ySplit: number }).ySplit], ["frozen", 1]);
  assert.equal(sheet.autoFilter, "A1:G5");
  const [, text, number, integer, boolean, date, datetime, link] = sheet.getRow(2).values as unknown[];
  assert.deepEqual([text, number, integer, boolean], ["Zürich, 東京 👩", 1234.5, 42, true]);
  assert.equal((date as Date).toISOString(), "2024-02-29T00:00:00.000Z");
  assert.equal((datetime as Date).toISOString(), "2026-07-01T14:30:45.000Z");
  assert.deepEqual(link, { formula: 'HYPERLINK("https://example.org/?a=1&b=2","a & b")', result: "a & b" });
  assert.equal(sheet.getCell("B2").alignment.horizontal, "right");
  assert.equal(sheet.getCell("E2").numFmt, "yyyy-mm-dd");
  assert.equal(sheet.getColumn(6).width, 20);
  assert.equal(sheet.getCell("A1").font.bold, true);
  assert.equal(sheet.getCell("A5").value, "=1+1");
});

it("every part is well-formed XML, and every sheet and relation exists", { skip: unless("python3") }, () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.xlsx");
    const batches = sampleBatches(sampleRows(TABLE, 5_000, { texts: AWKWARD_TEXTS }), 200);
    await writeFile(
      path,
      (await runWriter(xlsx({ rowsPerSheet: 2_000 }), { ...TABLE, title: "\u0000<&>\"'" }, batches)).bytes,
    );
    const check = `
import json, posixpath, sys, zipfile
from xml.etree import ElementTree
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
parts = {name: ElementTree.fromstring(archive.read(name)) for name in names}
types = {e.get("PartName") for e in parts["[Content_Types].xml"] if e.get("PartName")}
assert types <= {"/" + name for name in names}, types
for base, rels in [("", "_rels/.rels"), ("xl", "xl/_rels/workbook.xml.rels")]:
    for e in parts[rels]:
        assert posixpath.join(base, e.get("Target")) in names, e.get("Target")
space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
styles = len(parts["xl/styles.xml"].find(space + "cellXfs"))
rows = 0
for name in names:
    if "worksheets" not in name: continue
    for row in parts[name].iter(space + "row"):
        rows += 1
        for cell in row:
            assert cell.get("r").endswith(row.get("r"))
            assert int(cell.get("s")) < styles
print(json.dumps([rows, len([n for n in names if "worksheets" in n])]))
`;
    const [rows, sheets] = (await python(check, path)) as [number, number];
    assert.equal(sheets, 4, "three of rows, one of notes");
    assert.ok(rows > 5_003);
  }),
);
