/**
 * @module Reads an archive by its directory, independently of the code that wrote it. Only small ones without ZIP64.
 */

import assert from "node:assert/strict";
import { crc32, inflateRawSync } from "node:zlib";

/** The entries by name, in the order of the directory. Fails where sums, sizes or the two headers of an entry differ. */
export function readZip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.length - 22;
  assert.equal(bytes.readUInt32LE(end), 0x06054b50);
  const count = bytes.readUInt16LE(end + 10);
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  assert.equal(at + bytes.readUInt32LE(end + 12), end);
  for (let entry = 0; entry < count; entry++) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    const [crc, compressedSize, size] = [16, 20, 24].map((field) => bytes.readUInt32LE(at + field));
    const [nameLength, extraLength] = [28, 30].map((field) => bytes.readUInt16LE(at + field));
    const name = bytes.subarray(at + 46, at + 46 + nameLength!);
    const local = bytes.readUInt32LE(at + 42);
    assert.equal(bytes.readUInt32LE(local), 0x04034b50);
    assert.ok(
      bytes.subarray(local + 6, local + 14).equals(bytes.subarray(at + 8, at + 16)),
      "flags, method, time",
    );
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    assert.ok(bytes.subarray(local + 30, local + 30 + name.length).equals(name));
    const after = start + compressedSize!;
    assert.equal(bytes.readUInt32LE(after), 0x08074b50);
    const descriptor = [4, 8, 12].map((field) => bytes.readUInt32LE(after + field));
    assert.deepEqual(descriptor, [crc, compressedSize, size]);
    const content = inflateRawSync(bytes.subarray(start, after));
    assert.equal(content.length, size);
    assert.equal(crc32(content), crc);
    files.set(name.toString(), content);
    at += 46 + nameLength! + extraLength!;
  }
  return files;
}
