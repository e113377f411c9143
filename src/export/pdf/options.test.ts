import assert from "node:assert/strict";
import { it } from "node:test";
import { sampleColumn, sampleTable } from "../sample-rows.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import type { PdfOptions } from "./options.ts";
import { pdf } from "./pdf.ts";

function refused(options: unknown, message: string): void {
  assert.throws(() => pdf(options as PdfOptions), { name: "TypeError", message });
}

it("refuses options that are unknown or can't be", () => {
  refused({ size: 8 }, `pdf: unknown option "size" (available: ${NAMES})`);
  refused({ paper: "A5" }, 'pdf: option paper must be "A4" or "Letter", not "A5"');
  refused({ fontSize: 72 }, "pdf: option fontSize must be a number from 5 to 14, not the number 72");
  refused({ fonts: "a.ttf" }, 'pdf: option fonts must be an array of paths, not "a.ttf"');
  refused(
    { font: { regular: "a.ttf" } },
    "pdf: option font must be an object with the paths regular and bold, not an object",
  );
  refused({ maxLines: 0.5 }, "pdf: option maxLines must be a whole number from 1, not the number 0.5");
});

const NAMES = "paper, orientation, fontSize, font, fonts, missing, maxLines, zebra, footer, tagged";

it("refuses more columns than a page holds", () => {
  const columns = Array.from({ length: 16_385 }, (_, index) => sampleColumn("text", { key: `c${index}` }));
  assert.throws(() => pdf().check?.(columns), {
    name: "TypeError",
    message: "a PDF page (A4) holds at most 33 columns, not 16385",
  });
  assert.equal(pdf().check?.(columns.slice(0, 33)), undefined);
});

it("names a font that can't be read", async () => {
  await assert.rejects(runWriter(pdf({ fonts: ["/nowhere/a.ttf"] }), sampleTable(), []), {
    code: "invalid-config",
    message: /^the font \/nowhere\/a\.ttf can't be used: ENOENT/,
  });
  await assert.rejects(runWriter(pdf({ fonts: [import.meta.filename] }), sampleTable(), []), {
    code: "invalid-config",
    message: /options\.test\.ts can't be used: Unknown font format/,
  });
});
