import assert from "node:assert/strict";
import { it } from "node:test";
import { EntryList } from "./entry-list.ts";
import { readZip } from "./read-zip.testing.ts";
import { dataDescriptor, directoryEnd, directoryRecord } from "./zip-records.ts";
import { checkEntryName, ZipWriter } from "./zip-writer.ts";

const changedAt = new Date("2026-11-25T09:30:15Z");

function memory() {
  const chunks: Buffer[] = [];
  const sink = {
    write: async (chunk: Uint8Array | string) => void chunks.push(Buffer.from(chunk as Uint8Array)),
  };
  return { sink, bytes: () => Buffer.concat(chunks) };
}

it("writes entries that are empty, small, stored, of many blocks, in folders and in any script", async () => {
  const { sink, bytes } = memory();
  const archive = new ZipWriter(sink);
  const large = Buffer.alloc(3_000_000, "0123456789abcdef-");
  const contents = { empty: "", "a/b/small.txt": "ä\u0000", "東京.bin": large };
  for (const [name, content] of Object.entries(contents)) {
    for (const level of [0, 6] as const) {
      await archive.begin(`${name}.${level}`, { changedAt, level });
      await archive.write(content);
      await archive.endEntry();
    }
  }
  await archive.end();
  const files = readZip(bytes());
  assert.equal(files.size, 6);
  for (const [name, content] of files) {
    assert.ok(content.equals(Buffer.from(contents[name.slice(0, -2) as keyof typeof contents])), name);
  }
  assert.ok(bytes().includes(large.subarray(0, 60_000)), "stored as it is");
});

it("splits blocks by the number of bytes, however they arrive", async () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, at) => `${at * at}`).join(","));
  const wholes: Buffer[] = [];
  for (const chunk of [content.length, 1_000, 70_001]) {
    const { sink, bytes } = memory();
    const archive = new ZipWriter(sink);
    await archive.begin("a", { changedAt });
    for (let at = 0; at < content.length; at += chunk) await archive.write(content.subarray(at, at + chunk));
    await archive.endEntry();
    await archive.end();
    wholes.push(bytes());
  }
  assert.ok(wholes.every((whole) => whole.equals(wholes[0]!)));
});

it("has times to the second, with DOS times limited to their years", async () => {
  const at = (iso: string) =>
    directoryRecord({ name: "a", changedAt: Date.parse(iso) / 1000, crc: 0, size: 0, compressedSize: 0 }, 0);
  const record = at("2026-11-25T09:30:15Z");
  const [time, date] = [record.readUInt16LE(12), record.readUInt16LE(14)];
  assert.deepEqual([time >> 11, (time >> 5) & 63, (time & 31) * 2], [9, 30, 14]);
  assert.deepEqual([(date >> 9) + 1980, (date >> 5) & 15, date & 31], [2026, 11, 25]);
  assert.equal(record.readUInt32LE(46 + 1 + 5), Date.parse("2026-11-25T09:30:15Z") / 1000);
  assert.equal(at("1969-07-20T20:17:40Z").readUInt16LE(14), (1 << 5) | 1);
  assert.equal(at("2200-01-01T00:00:00Z").readUInt16LE(14), (127 << 9) | (12 << 5) | 31);
});

it("uses ZIP64 only from the first value that a field can't hold", () => {
  const entry = { name: "a", changedAt: 0, crc: 1, size: 5, compressedSize: 7 };
  const most = 0xffff_fffe;
  const plain = directoryRecord({ ...entry, size: most, compressedSize: most }, most);
  assert.equal(plain.length, 46 + 1 + 9);
  assert.equal(dataDescriptor({ ...entry, size: most }).length, 16);
  const large = { ...entry, size: most + 1 };
  assert.equal(dataDescriptor(large).length, 24);
  assert.equal(dataDescriptor(large).readBigUInt64LE(16), BigInt(most + 1));
  const record = directoryRecord(large, 2 ** 33);
  assert.equal(record.readUInt16LE(6), 45);
  assert.deepEqual(
    [record.readUInt32LE(20), record.readUInt32LE(24), record.readUInt32LE(42)],
    [7, 0xffff_ffff, 0xffff_ffff],
  );
  assert.deepEqual([record.readUInt16LE(47), record.readUInt16LE(49)], [1, 16]);
  assert.deepEqual([record.readBigUInt64LE(51), record.readBigUInt64LE(59)], [BigInt(most + 1), 2n ** 33n]);
  assert.equal(directoryEnd(65_534, most, most).length, 22);
  for (const end of [
    directoryEnd(65_535, 1, 1),
    directoryEnd(1, most + 1, 1),
    directoryEnd(1, 1, most + 1),
  ]) {
    assert.equal(end.length, 56 + 20 + 22);
    assert.equal(end.readUInt32LE(0), 0x06064b50);
  }
});

it("keeps its entries in a small state", () => {
  const list = new EntryList();
  const entries = Array.from({ length: 5_000 }, (_, at) => ({
    name: `invoices/2026/invoice-${String(at).padStart(5, "0")}.pdf`,
    changedAt: 1_790_000_000 + at,
    crc: Math.imul(at, 0x9e3779b1) >>> 0,
    size: 100_000 + ((at * 7_919) % 50_000),
    compressedSize: 90_000 + ((at * 104_729) % 50_000),
  }));
  for (const entry of entries) list.add(entry);
  const text = JSON.stringify(list.save());
  assert.ok(text.length < 128 * 1024, `${text.length} bytes`);
  const again = new EntryList(JSON.parse(text));
  assert.equal(again.count, 5_000);
  assert.deepEqual([...again.all()], entries);
  assert.deepEqual(again.save(), list.save());
});

it("refuses names that would be unpacked elsewhere", () => {
  for (const name of ["a", "2026/orders.csv", "Ärger/東京.txt", "a b", "..a", "ab:c"]) checkEntryName(name);
  for (const name of [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "./a",
    "a\\b",
    "C:a",
    "a\nb",
    "\ud800",
    "a".repeat(65_536),
  ]) {
    assert.throws(() => checkEntryName(name), /the name of an entry must be a path such as .*, not "/s);
  }
});

it("refuses calls in the wrong order", async () => {
  const archive = new ZipWriter(memory().sink);
  await assert.rejects(archive.write("a"), /begin an entry first/);
  await archive.begin("a", { changedAt });
  await assert.rejects(archive.begin("b", { changedAt }), /end the entry "a" first/);
  await assert.rejects(archive.end(), /end the entry "a" first/);
});
