/** @module Archives and gzip files as other programs read them. */

import assert from "node:assert/strict";
import { open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { lines } from "../../src/export/lines-format.testing.ts";
import { sampleBatches, sampleRows, sampleTable } from "../../src/export/sample-rows.testing.ts";
import { runWriter } from "../../src/export/writer-run.testing.ts";
import { gzipped } from "../../src/export/zip/gzipped.ts";
import { zip } from "../../src/export/zip/zip.ts";
import { lengthOf } from "../../src/export/zip/zip-records.ts";
import { type ZipState, ZipWriter } from "../../src/export/zip/zip-writer.ts";
import { inFolder, python, runProgram, unless } from "../support/outside-programs.ts";

const changedAt = new Date("2026-11-25T09:30:14Z");

const LIST = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
bad = archive.testzip() if len(sys.argv) < 3 else None
print(json.dumps([bad, [[i.filename, i.file_size, i.header_offset, i.extract_version, list(i.date_time)] for i in archive.infolist()]]))
`;
type Listed = [
  bad: string | null,
  [name: string, size: number, offset: number, version: number, time: number[]][],
];

/** An archive on disk, written by `fill`; with `from`, after as many bytes as its entries say, all zero. */
async function archiveAt(
  path: string,
  fill: (archive: ZipWriter) => Promise<void>,
  from?: ZipState,
): Promise<void> {
  const file = await open(path, "w");
  try {
    const archive = new ZipWriter(
      {
        async write(chunk) {
          await file.appendFile(chunk as Uint8Array);
        },
      },
      from,
    );
    await fill(archive);
    await archive.end();
  } finally {
    await file.close();
  }
}

async function addEntry(archive: ZipWriter, name: string, content: string): Promise<void> {
  await archive.begin(name, { changedAt });
  await archive.write(content);
  await archive.endEntry();
}

describe("archives", { skip: unless("python3", "unzip") }, () => {
  it("of several formats are read by unzip and Python, names in any script too", () =>
    inFolder(async (folder) => {
      const path = join(folder, "a.zip");
      const table = sampleTable({ title: "Außenstände 東京" });
      const batches = sampleBatches(sampleRows(table, 5_000), 200);
      const { bytes } = await runWriter(zip([lines(), gzipped(lines())]), table, batches);
      await writeFile(path, bytes);
      assert.match(await runProgram("unzip", "-t", path), /No errors detected/);
      const plain = (await runWriter(lines(), table, batches)).bytes;
      const [bad, entries] = (await python(LIST, path)) as Listed;
      assert.equal(bad, null);
      assert.deepEqual(
        entries.map(([name]) => name),
        ["Außenstände 東京.txt", "Außenstände 東京.txt.gz"],
      );
      assert.equal(entries[0]![1], plain.length);
      assert.equal(await runProgram("unzip", "-p", path, "*.txt"), plain.toString());
      assert.deepEqual(entries[0]![4], [2026, 11, 25, 9, 30, 14]);
    }));

  it("of more than 65,535 entries are ZIP64", () =>
    inFolder(async (folder) => {
      const path = join(folder, "many.zip");
      const chunks: Buffer[] = [];
      const archive = new ZipWriter({
        write: async (chunk) => void chunks.push(Buffer.from(chunk as Uint8Array)),
      });
      for (let at = 0; at < 70_000; at++) {
        await archive.begin(`${at}.txt`, { changedAt });
        await archive.endEntry();
      }
      await archive.end();
      await writeFile(path, Buffer.concat(chunks));
      const [bad, entries] = (await python(LIST, path)) as Listed;
      assert.deepEqual([bad, entries.length, entries.at(-1)![0]], [null, 70_000, "69999.txt"]);
      assert.match(await runProgram("unzip", "-tq", path), /No errors detected/);
    }));

  it("of an entry beyond 4 GiB are ZIP64", () =>
    inFolder(async (folder) => {
      const path = join(folder, "large.zip");
      const megabyte = Buffer.alloc(2 ** 20);
      await archiveAt(path, async (archive) => {
        await archive.begin("zeros", { changedAt, level: 1 });
        for (let at = 0; at < 4 * 1024 + 1; at++) await archive.write(megabyte);
        await archive.endEntry();
        await addEntry(archive, "after", "all is well");
      });
      const [bad, entries] = (await python(LIST, path)) as Listed;
      assert.deepEqual([bad, entries[0]![1], entries[0]![3]], [null, 2 ** 32 + 2 ** 20, 45]);
      assert.equal(await runProgram("unzip", "-p", path, "after"), "all is well");
      assert.match(await runProgram("unzip", "-tq", path, "zeros"), /No errors detected/);
    }));

  it("with entries that begin beyond 4 GiB are ZIP64", () =>
    inFolder(async (folder) => {
      const path = join(folder, "sparse.zip");
      const tail = join(folder, "tail");
      // The first entry is a hole in the file: nobody reads it.
      const hole = { name: "hole", changedAt: 0, crc: 0, size: 9, compressedSize: 2 ** 32 + 2 ** 20 };
      const recent: ZipState["entries"]["recent"] = [
        [hole.name, 0, hole.crc, hole.size, hole.compressedSize],
      ];
      const from: ZipState = { entries: { packed: [], recent }, open: null };
      await archiveAt(tail, (archive) => addEntry(archive, "after.txt", "all is well"), from);
      await writeFile(path, "");
      await truncate(path, lengthOf(hole));
      await runProgram("sh", "-c", 'cat "$1" >> "$2"', "sh", tail, path);
      const [, entries] = (await python(LIST, path, "untested")) as Listed;
      assert.deepEqual([entries[1]![2], entries[1]![3]], [lengthOf(hole), 45]);
      assert.equal(await runProgram("unzip", "-p", path, "after.txt"), "all is well");
    }));
});

it("gzip files are read by Python", { skip: unless("python3") }, () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.gz");
    const batches = sampleBatches(sampleRows(sampleTable(), 5_000), 200);
    await writeFile(path, (await runWriter(gzipped(lines()), sampleTable(), batches)).bytes);
    const read = "import gzip, json, sys; print(json.dumps(gzip.open(sys.argv[1]).read().decode()))";
    const plain = (await runWriter(lines(), sampleTable(), batches)).bytes;
    assert.equal(await python(read, path), plain.toString());
  }),
);
