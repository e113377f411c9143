/** @module A small font with PostScript outlines (OpenType with a table CFF): a box for each of some characters. */

/** Its glyphs are boxes, 600 wide. Made after the OpenType specification and Adobe's technical note 5176. */
export function postscriptFont(characters: string): Buffer {
  const points = Array.from(characters, (character) => character.codePointAt(0) ?? 0).sort((a, b) => a - b);
  const glyphs = points.length + 1;
  return sfnt({
    "CFF ": cff(glyphs),
    "OS/2": Buffer.alloc(78),
    cmap: cmap(points),
    head: head(),
    hhea: hhea(glyphs),
    hmtx: Buffer.concat(Array.from({ length: glyphs }, () => words(600, 0))),
    maxp: Buffer.concat([longs(0x00005000), words(glyphs)]),
    name: name("Boxes"),
    post: Buffer.concat([longs(0x00030000), Buffer.alloc(28)]),
  });
}

function sfnt(tables: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(tables);
  let offset = 12 + 16 * entries.length;
  const records: Buffer[] = [];
  const bodies: Buffer[] = [];
  for (const [tag, body] of entries) {
    records.push(Buffer.from(tag, "latin1"), longs(0, offset, body.length));
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    bodies.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([Buffer.from("OTTO"), words(entries.length, 128, 3, 16), ...records, ...bodies]);
}

function cff(glyphs: number): Buffer {
  const before = Buffer.concat([bytes(1, 0, 4, 4), index([Buffer.from("Boxes")])]);
  const after = Buffer.concat([words(0), words(0)]);
  // Every offset takes five bytes, so that the dictionary's length is known.
  const dictLength = 3 * 5 + 5 + 3;
  const charset = before.length + index([Buffer.alloc(dictLength)]).length + after.length;
  const charsetBytes = Buffer.concat([bytes(2), words(1, glyphs - 2)]);
  const box = Buffer.concat([
    number(100),
    number(0),
    bytes(21),
    number(400),
    bytes(6),
    number(700),
    bytes(7),
    number(-400),
    bytes(6, 14),
  ]);
  const charStrings = index(Array.from({ length: glyphs }, () => box));
  const privateDict = Buffer.concat([number(600), bytes(20), number(0), bytes(21)]);
  const strings = charset + charsetBytes.length;
  const dict = Buffer.concat([
    offsetOf(charset),
    bytes(15),
    offsetOf(strings),
    bytes(17),
    offsetOf(privateDict.length),
    offsetOf(strings + charStrings.length),
    bytes(18),
  ]);
  return Buffer.concat([before, index([dict]), after, charsetBytes, charStrings, privateDict]);
}

function index(items: readonly Buffer[]): Buffer {
  let offset = 1;
  const offsets = [offset];
  for (const item of items) {
    offset += item.length;
    offsets.push(offset);
  }
  return Buffer.concat([words(items.length), bytes(4), longs(...offsets), ...items]);
}

/** A number of a dictionary or of a glyph's outline. */
function number(value: number): Buffer {
  if (Math.abs(value) <= 107) return bytes(value + 139);
  const rest = Math.abs(value) - 108;
  return bytes((value > 0 ? 247 : 251) + (rest >> 8), rest & 255);
}

function offsetOf(value: number): Buffer {
  return Buffer.concat([bytes(29), longs(value)]);
}

function cmap(points: readonly number[]): Buffer {
  const groups = points.map((point, at) => longs(point, point, at + 1));
  const length = 16 + 12 * groups.length;
  return Buffer.concat([
    words(0, 1, 3, 10),
    longs(12),
    words(12, 0),
    longs(length, 0, groups.length),
    ...groups,
  ]);
}

function head(): Buffer {
  const table = Buffer.alloc(54);
  table.writeUInt32BE(0x00010000, 0);
  table.writeUInt32BE(0x5f0f3cf5, 12);
  table.writeUInt16BE(1000, 18);
  for (const [at, value] of [100, 0, 500, 700].entries()) table.writeInt16BE(value, 36 + 2 * at);
  return table;
}

function hhea(glyphs: number): Buffer {
  const table = Buffer.alloc(36);
  table.writeUInt32BE(0x00010000, 0);
  table.writeInt16BE(800, 4);
  table.writeInt16BE(-200, 6);
  table.writeUInt16BE(glyphs, 34);
  return table;
}

/** A table with only its PostScript name. */
function name(text: string): Buffer {
  const encoded = Buffer.from(text, "utf16le").swap16();
  return Buffer.concat([words(0, 1, 18, 3, 1, 0x409, 6, encoded.length, 0), encoded]);
}

function bytes(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) buffer.writeUInt16BE(value, 2 * at);
  return buffer;
}

function longs(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) buffer.writeUInt32BE(value, 4 * at);
  return buffer;
}
