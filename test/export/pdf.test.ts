/** @module PDF files as other programs read them. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Row } from "../../src/export/cell.ts";
import type { Table } from "../../src/export/format.ts";
import type { PdfOptions } from "../../src/export/pdf/options.ts";
import { pdf } from "../../src/export/pdf/pdf.ts";
import { postscriptFont } from "../../src/export/pdf/postscript-font.testing.ts";
import {
  AWKWARD_TEXTS,
  sampleBatches,
  sampleColumn,
  sampleRows,
  sampleTable,
} from "../../src/export/sample-rows.testing.ts";
import { runWriter } from "../../src/export/writer-run.testing.ts";
import { inFolder, runProgram, unless } from "../support/outside-programs.ts";

const ARABIC = fontOf("@expo-google-fonts/noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf");
const HEBREW = fontOf("@expo-google-fonts/noto-sans-hebrew/400Regular/NotoSansHebrew_400Regular.ttf");
const HEBREW_BOLD = fontOf("@expo-google-fonts/noto-sans-hebrew/700Bold/NotoSansHebrew_700Bold.ttf");
const CHINESE = fontOf("@expo-google-fonts/zcool-xiaowei/400Regular/ZCOOLXiaoWei_400Regular.ttf");

function fontOf(name: string): string {
  return fileURLToPath(import.meta.resolve(name));
}

/** Writes a file, has qpdf check it, and gives its path to `use`. */
async function withPdf(
  table: Table,
  batches: readonly (readonly Row[])[],
  options: PdfOptions,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const { bytes } = await runWriter(pdf(options), table, batches);
  await inFolder(async (folder) => {
    const path = join(folder, "table.pdf");
    await writeFile(path, bytes);
    assert.match(await runProgram("qpdf", "--check", path), /No syntax or stream encoding errors found/);
    await use(path);
  });
}

describe("PDF files", { skip: unless("qpdf", "pdftotext") }, () => {
  it("have the pages, the title and the tags that they say", async () => {
    const table = sampleTable({ title: "Καταστάσεις & заказы" });
    const rows = sampleRows(table, 3_000, { texts: AWKWARD_TEXTS });
    await withPdf(table, sampleBatches(rows, 100), { fonts: [ARABIC], missing: "replace" }, async (path) => {
      const facts = await runProgram("pdfinfo", path);
      assert.match(facts, /^Title: +Καταστάσεις & заказы$/m);
      assert.match(facts, /^Tagged: +yes$/m);
      const pages = Number(/^Pages: +(\d+)$/m.exec(facts)?.[1]);
      const last = await runProgram("pdftotext", "-f", String(pages), path, "-");
      assert.match(last, new RegExp(`Page ${pages} of ${pages}\\b`));
      const structure = await runProgram("pdfinfo", "-struct", path);
      assert.equal(structure.match(/^ +TR$/gm)?.length, rows.length + 1);
      assert.equal(structure.match(/^ +TD$/gm)?.length, rows.length * table.columns.length);
      assert.equal(structure.match(/^ +TH\b/gm)?.length, table.columns.length);
    });
  });

  it("are read through every section's index, tagged or not", async () => {
    const table = sampleTable({ columns: [sampleColumn("integer", { key: "n" }), sampleColumn("text")] });
    const text = "line\n".repeat(70);
    const batches = Array.from({ length: 420 }, (_, batch) =>
      Array.from({ length: 10 }, (_, row): Row => [batch * 10 + row, text]),
    );
    for (const tagged of [true, false]) {
      await withPdf(table, batches, { tagged }, async (path) => {
        const facts = await runProgram("pdfinfo", path);
        assert.match(facts, /^Pages: +4200$/m);
        assert.match(facts, tagged ? /^Tagged: +yes$/m : /^Tagged: +no$/m);
        for (const page of [1, 2_048, 2_049, 4_096, 4_097, 4_200]) {
          const shown = await runProgram("pdftotext", "-f", String(page), "-l", String(page), path, "-");
          assert.ok(shown.split("\n").includes(String(page - 1)));
        }
      });
    }
  });

  it("repeat the head on every page", async () => {
    const table = sampleTable({
      columns: [sampleColumn("integer", { title: "Number" }), sampleColumn("text")],
    });
    await withPdf(table, [sampleRows(table, 300)], {}, async (path) => {
      const pages = (await runProgram("pdftotext", "-layout", path, "-")).split("\f").slice(0, -1);
      assert.ok(pages.length > 3);
      for (const page of pages) assert.match(page, /Number +A text/);
    });
  });
});

describe("text in PDF files", { skip: unless("qpdf", "pdftotext") }, () => {
  const table = sampleTable({ columns: [sampleColumn("integer"), sampleColumn("text", { key: "place" })] });

  async function shown(texts: readonly string[], options: PdfOptions = {}): Promise<string> {
    let found = "";
    await withPdf(table, [texts.map((text, row) => [row, text])], options, async (path) => {
      const fonts = (await runProgram("pdffonts", path)).split("\n").slice(2, -1);
      for (const font of fonts) assert.match(font, /^[A-Z]{6}\+\S+ +CID TrueType +Identity-H +yes yes yes /);
      found = await runProgram("pdftotext", "-layout", path, "-");
    });
    return found;
  }

  it("is found in Latin with accents, Greek, Cyrillic and Vietnamese, composed or not", async () => {
    const texts = [
      "Ærøskøbing, Łódź, Zürich, Ħal Għaxaq, Çeşme",
      "Θεσσαλονίκη, μΩ µ",
      "Київ, Ђурђевац, Йошкар-Ола",
      "Thành phố Hồ Chí Minh, Đà Nẵng",
    ];
    const found = await shown([...texts, ...texts.map((text) => text.normalize("NFD"))]);
    for (const text of texts) assert.equal(found.split(text).length, 3, `${text} in ${found}`);
  });

  it("is found in Arabic, with the letters that fonts build from one shape and dots", async () => {
    const words = ["القاهرة", "بيروت", "تونس", "ثلاثاء", "نابلس", "يبرود", "قفصة"];
    // pdftotext marks where text runs to the left.
    const found = (await shown(words, { fonts: [ARABIC] })).replace(/[\u202a-\u202e]/g, "");
    for (const word of words) assert.ok(found.includes(word), `${word} in ${found}`);
  });

  it("is found in Hebrew, beside text that runs to the right", async () => {
    const found = (
      await shown(["ירושלים 1948, Jerusalem", "תל־אביב"], { fonts: [{ regular: HEBREW, bold: HEBREW_BOLD }] })
    ).replace(/[\u202a-\u202e]/g, "");
    for (const word of ["ירושלים", "1948", "Jerusalem", "תל־אביב"])
      assert.ok(found.includes(word), `${word} in ${found}`);
  });

  it("is found in Chinese, broken between any two characters", async () => {
    const long = "人人生而自由在尊严和权利上一律平等他们赋有理性和良心并应以兄弟关系的精神相对待".repeat(3);
    const found = await shown(["北京市朝阳区", long], { fonts: [ARABIC, CHINESE] });
    assert.match(found, /北京市朝阳区/);
    assert.equal(found.replace(/\s+/g, "").includes(long), true);
  });

  it("is found in fonts with PostScript outlines", () =>
    inFolder(async (folder) => {
      const path = join(folder, "boxes.otf");
      await writeFile(path, postscriptFont("漢字仮名"));
      const table = sampleTable({ columns: [sampleColumn("text")] });
      await withPdf(table, [[["漢字"], ["仮"]]], { fonts: [path] }, async (file) => {
        assert.match(
          await runProgram("pdffonts", file),
          /^[A-Z]{6}\+Boxes +CID Type 0C +Custom +yes yes yes/m,
        );
        assert.match(await runProgram("pdftotext", "-layout", file, "-"), /漢字\n +仮\n/);
      });
    }));

  it("shows numbers, times and yes or no in the locale and time zone", async () => {
    const types = ["number", "integer", "boolean", "date", "datetime"] as const;
    const columns = types.map((type) =>
      sampleColumn(type, { grouping: true, decimals: type === "number" ? 2 : undefined }),
    );
    const german = sampleTable({ columns, locale: "de-DE", timeZone: "America/New_York" });
    const row = [1234.5, 12_345_678_901_234_567_890n, true, "2026-02-03", new Date("2026-07-01T02:03:04Z")];
    await withPdf(german, [[row]], {}, async (path) => {
      const found = await runProgram("pdftotext", "-layout", path, "-");
      assert.match(
        found,
        /1\.234,50 +12\.345\.678\.901\.234\.567\.890 +Ja +03\.02\.2026 +30\.06\.2026, 22:03:04/,
      );
      assert.match(found, /Seite 1 von 1 +Orders & returns · 25\. November 2026 um 04:30/);
    });
  });
});
