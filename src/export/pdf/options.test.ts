import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { sampleColumn, sampleTable } from "../sample-rows.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import type { PdfOptions } from "./options.ts";
import { pdf } from "./pdf.ts";

function refused(options: unknown, message: string): void {
  assert.throws(() => pdf(options as PdfOptions), { name: "TypeError", message });
}

it("refuses unknown options and invalid values", () => {
  refused({ size: 8 }, `pdf: unknown option "size" (available: ${NAMES})`);
  refused({ paper: "A5" }, 'pdf: option paper must be "A4" or "Letter", not "A5"');
  refused({ fontSize: 72 }, "pdf: option fontSize must be a number from 5 to 14, not the number 72");
  refused(
    { fonts: "a.ttf" },
    'pdf: option fonts must be an array of paths, or of objects with the paths regular and bold, not "a.ttf"',
  );
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

it("refuses a font whose licence forbids embedding", async () => {
  const noto = await readFile(fileURLToPath(import.meta.resolve(NOTO)));
  const folder = await mkdtemp(join(tmpdir(), "carryout-font-"));
  try {
    for (const [fsType, forbidden] of [
      [0x0002, "embedding"],
      [0x0100, "embedding a part"],
      [0x0200, "embedding outlines"],
    ] as const) {
      const path = join(folder, `${fsType}.ttf`);
      await writeFile(path, withFsType(noto, fsType));
      const message = `the font ${path} can't be used: its licence forbids ${forbidden} (fsType in its table OS/2)`;
      await assert.rejects(runWriter(pdf({ fonts: [path] }), sampleTable(), []), {
        code: "invalid-config",
        message,
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("does not resume with another version of a font", async () => {
  const table = sampleTable({ columns: [sampleColumn("integer")] });
  const batches = [Array.from({ length: 100 }, (_, index) => [index])];
  const { saves, bytes } = await runWriter(pdf(), table, batches);
  const saved = saves[0]!;
  const state = saved.state.replace(/"version":\d+/, '"version":1');
  const from = { saved: { ...saved, state }, file: bytes };
  await assert.rejects(runWriter(pdf(), table, batches, { from }), {
    message: /NotoSans-Regular is another than/,
  });
});

const NOTO = "@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf";

/** OpenType: a table's record in the directory has its tag, its checksum and its offset; fsType is at 8 in OS/2. */
function withFsType(font: Buffer, fsType: number): Buffer {
  const changed = Buffer.from(font);
  const table = changed.readUInt32BE(changed.indexOf("OS/2", 0, "latin1") + 8);
  changed.writeUInt16BE(fsType, table + 8);
  return changed;
}
