import assert from "node:assert/strict";
import { it } from "node:test";
import { gunzipSync } from "node:zlib";
import { lines } from "../lines-format.testing.ts";
import { sampleRows, sampleTable } from "../sample-rows.testing.ts";
import { writerContract } from "../writer-contract.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import { gzipped } from "./gzipped.ts";
import { readZip } from "./read-zip.testing.ts";
import { zip } from "./zip.ts";

const saveDistance = { least: 4_000, most: 30_000 };
const FORMATS = [lines(), lines({ passes: 2 }), gzipped(lines(), { saveDistance })];

writerContract("zip of three formats", {
  format: zip(FORMATS, { saveDistance }),
  rows: 600,
  async verify(bytes, rows, table) {
    const files = [...readZip(bytes).values()];
    assert.equal(files.length, FORMATS.length);
    for (const [at, format] of FORMATS.entries()) {
      const { bytes: alone } = await runWriter(format, table, [rows]);
      // gzip's block boundaries depend on the batches, which differ here.
      const plain = (file: Buffer) => (format.isCompressed ? gunzipSync(file) : file);
      assert.ok(plain(files[at]!).equals(plain(alone)), `${format.name} as it is alone`);
    }
  },
});

async function namesFor(title: string): Promise<string[]> {
  const { bytes } = await runWriter(zip(FORMATS), sampleTable({ title }), [sampleRows(sampleTable(), 5)]);
  return [...readZip(bytes).keys()];
}

it("names the files after the table, with different names", async () => {
  assert.deepEqual(await namesFor("Außenstände 2026"), [
    "Außenstände 2026.txt",
    "2 Außenstände 2026.txt",
    "Außenstände 2026.txt.gz",
  ]);
  assert.deepEqual((await namesFor("C:\\a/../b\n"))[0], "C__a_.._b_.txt");
  assert.deepEqual((await namesFor(""))[0], "table.txt");
  for (const name of await namesFor("ä".repeat(300))) assert.ok(Buffer.byteLength(name) <= 255);
});

it("stores files that are already compressed", async () => {
  const rows = [sampleRows(sampleTable(), 500)];
  const { bytes: alone } = await runWriter(gzipped(lines()), sampleTable(), rows);
  const { bytes } = await runWriter(zip([gzipped(lines())]), sampleTable(), rows);
  assert.ok(bytes.includes(alone.subarray(0, 10_000)));
});

it("requires at least one format, and checks the columns with every format", () => {
  const wide = { ...lines(), check: () => assert.fail("too wide") };
  assert.throws(() => zip([lines(), wide]).check!(sampleTable().columns), /too wide/);
  assert.throws(() => zip([]), /zip\(\) takes at least one format/);
});
