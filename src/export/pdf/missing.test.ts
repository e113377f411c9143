import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UserError } from "../../errors.ts";
import { sampleColumn, sampleTable } from "../sample-rows.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import type { PdfOptions } from "./options.ts";
import { pdf } from "./pdf.ts";

const columns = [sampleColumn("integer"), sampleColumn("text", { key: "city", title: "City" })];

async function write(texts: readonly string[], options: PdfOptions = {}, title = "Cities") {
  const rows = texts.map((text, index) => [index, text]);
  return await runWriter(pdf(options), sampleTable({ columns, title }), [rows]);
}

describe("characters that no font has", () => {
  it("name the row, the column, the character and the options", async () => {
    await assert.rejects(write(["Zürich", "Łódź", "北京"]), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(
        error.message,
        'row 3, column "city": no font has "北" (U+5317), "京" (U+4EAC); ' +
          'give one that does with pdf({ fonts: [...] }), or set missing: "replace"',
      );
      return true;
    });
  });

  it("are refused in the title and in column titles", async () => {
    await assert.rejects(write([], {}, "城市"), { message: /^title: no font has "城" \(U\+57CE\)/ });
    const table = sampleTable({ columns: [sampleColumn("text", { key: "a", title: "城" })] });
    await assert.rejects(runWriter(pdf(), table, []), { message: /^title of column "a": no font has/ });
  });

  it("are replaced, with one warning for each cell", async () => {
    const { warnings } = await write(["Zürich", "北京 北京 😀"], { missing: "replace" });
    assert.deepEqual(warnings, [
      'row 2, column "city": no font has "北" (U+5317), "京" (U+4EAC), "😀" (U+1F600)',
    ]);
  });

  it("print nothing if they are controls or invisible: fonts need no glyph for them", async () => {
    const { warnings } = await write(["a\u0000b\u001b[0m", "soft\u00adhyphen \ufeff\u200b\u2060"]);
    assert.deepEqual(warnings, []);
  });
});
