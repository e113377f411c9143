/**
 * @module The records of a ZIP archive around the contents of its entries (PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and
 * 4.5), and Info-ZIP's extended timestamp.
 */

/** An entry's data in the directory. */
export interface ZipEntry {
  readonly name: string;
  /** Modification time, in seconds since 1970. */
  readonly changedAt: number;
  readonly crc: number;
  readonly size: number;
  readonly compressedSize: number;
}

/** From this value on, a field of 32 bits refers to the ZIP64 record (4.5.3). */
const LARGEST_32 = 0xffff_ffff;
const LARGEST_16 = 0xffff;
/** Bit 3: sizes follow the content; bit 11: names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATED = 8;
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** Made under Unix, by this version of the specification. */
const MADE_BY = (3 << 8) | 45;
/** A regular file that everyone may read: -rw-r--r--. */
const ATTRIBUTES = (0o100644 << 16) >>> 0;

export function localHeader(name: string, changedAt: number): Buffer {
  const nameBytes = Buffer.from(name);
  const header = new Record(30);
  header.u32(0x04034b50).u16(VERSION).u16(FLAGS).u16(DEFLATED).u32(dosTime(changedAt));
  header.u32(0).u32(0).u32(0); // the descriptor has the sum and the sizes
  const extra = timestamp(changedAt);
  header.u16(nameBytes.length).u16(extra.length);
  return Buffer.concat([header.bytes, nameBytes, extra]);
}

/** Follows the content. Its fields have 64 bits only if necessary, as not all readers expect that otherwise. */
export function dataDescriptor({ crc, size, compressedSize }: ZipEntry): Buffer {
  if (isLarge(size) || isLarge(compressedSize)) {
    return new Record(24).u32(0x08074b50).u32(crc).u64(compressedSize).u64(size).bytes;
  }
  return new Record(16).u32(0x08074b50).u32(crc).u32(compressedSize).u32(size).bytes;
}

/** Size of all records of an entry before the directory, including its content. */
export function lengthOf(entry: ZipEntry): number {
  return (
    localHeader(entry.name, entry.changedAt).length + entry.compressedSize + dataDescriptor(entry).length
  );
}

/** The entry's record in the directory; `offset` is where its local header begins. */
export function directoryRecord(entry: ZipEntry, offset: number): Buffer {
  const { name, changedAt, crc, size, compressedSize } = entry;
  const large = [size, compressedSize, offset].filter(isLarge);
  const zip64 =
    large.length === 0 ? new Record(0) : new Record(4 + 8 * large.length).u16(1).u16(8 * large.length);
  for (const value of large) zip64.u64(value);
  const nameBytes = Buffer.from(name);
  const extra = Buffer.concat([zip64.bytes, timestamp(changedAt)]);
  const record = new Record(46);
  record
    .u32(0x02014b50)
    .u16(MADE_BY)
    .u16(large.length === 0 ? VERSION : VERSION_ZIP64);
  record.u16(FLAGS).u16(DEFLATED).u32(dosTime(changedAt)).u32(crc);
  record.u32(Math.min(compressedSize, LARGEST_32)).u32(Math.min(size, LARGEST_32));
  record.u16(nameBytes.length).u16(extra.length);
  record.u16(0).u16(0).u16(0); // no comment, the first disk, no attribute of the content
  record.u32(ATTRIBUTES).u32(Math.min(offset, LARGEST_32));
  return Buffer.concat([record.bytes, nameBytes, extra]);
}

/** The end of the archive, after a directory of this size that begins at `offset`. */
export function directoryEnd(count: number, bytes: number, offset: number): Buffer {
  const end = new Record(22).u32(0x06054b50).u32(0);
  const counted = Math.min(count, LARGEST_16);
  end.u16(counted).u16(counted).u32(Math.min(bytes, LARGEST_32)).u32(Math.min(offset, LARGEST_32)).u16(0);
  if (count < LARGEST_16 && !isLarge(bytes) && !isLarge(offset)) return end.bytes;
  const end64 = new Record(56).u32(0x06064b50).u64(44).u16(MADE_BY).u16(VERSION_ZIP64).u32(0).u32(0);
  end64.u64(count).u64(count).u64(bytes).u64(offset);
  const locator = new Record(20)
    .u32(0x07064b50)
    .u32(0)
    .u64(offset + bytes)
    .u32(1);
  return Buffer.concat([end64.bytes, locator.bytes, end.bytes]);
}

function isLarge(value: number): boolean {
  return value >= LARGEST_32;
}

/** Info-ZIP's "UT" field with the modification time: DOS times have only even seconds and no time zone. */
function timestamp(changedAt: number): Buffer {
  return new Record(9)
    .u16(0x5455)
    .u16(5)
    .u8(1)
    .u32(changedAt >>> 0).bytes;
}

/** DOS time and date in one number, in UTC; limited to the years that it can represent. */
function dosTime(changedAt: number): number {
  const earliest = Date.UTC(1980, 0, 1);
  const latest = Date.UTC(2107, 11, 31, 23, 59, 58);
  const date = new Date(Math.min(latest, Math.max(earliest, changedAt * 1000)));
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return ((day << 16) | time) >>> 0;
}

/** Fields of fixed width, least significant byte first. */
class Record {
  readonly bytes: Buffer;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
  }

  u8(value: number): this {
    this.#at = this.bytes.writeUInt8(value, this.#at);
    return this;
  }

  u16(value: number): this {
    this.#at = this.bytes.writeUInt16LE(value, this.#at);
    return this;
  }

  u32(value: number): this {
    this.#at = this.bytes.writeUInt32LE(value, this.#at);
    return this;
  }

  u64(value: number): this {
    this.#at = this.bytes.writeBigUInt64LE(BigInt(value), this.#at);
    return this;
  }
}
