/** @module A font's objects: the glyphs that were used, their widths and their text (ISO 32000-1, 9.7 and 9.10.3). */

import { createHash } from "node:crypto";
import type { PdfFont } from "./font.ts";
import { decimal, type Stream, utf16Hex } from "./objects.ts";

/** Type 0 font, CID font, descriptor, font program, text of codes, and glyphs of codes: in this order of numbers. */
export const FONT_OBJECTS = 6;

/** The objects of a font whose first has the given number. */
export function fontObjects(font: PdfFont, first: number): (string | Stream)[] {
  const codes = usedCodes(font);
  const subset = font.source.createSubset() as unknown as Subset;
  const subsetGlyphs = new Map(codes.map(({ glyph }) => [glyph, subset.includeGlyph(glyph)]));
  const program = subset.encode();
  const name = `${subsetTag(font)}+${font.source.postscriptName.replace(/[^\w-]/g, "")}`;
  const isCff = !("glyf" in (font.source as unknown as { directory: Directory }).directory.tables);
  const glyphOf = (glyph: number): number => subsetGlyphs.get(glyph) ?? 0;
  const map = isCff ? codeMap(codes, glyphOf) : glyphMap(codes, glyphOf);
  const widths = codes.map(({ code, glyph }) => ({
    cid: isCff ? glyphOf(glyph) : code,
    width: font.source.getGlyph(glyph).advanceWidth * font.scale,
  }));
  return [
    `<</Type/Font/Subtype/Type0/BaseFont/${name}/Encoding ${isCff ? `${first + 5} 0 R` : "/Identity-H"}` +
      `/DescendantFonts[${first + 1} 0 R]/ToUnicode ${first + 4} 0 R>>`,
    `<</Type/Font/Subtype/CIDFontType${isCff ? 0 : 2}/BaseFont/${name}` +
      `/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor ${first + 2} 0 R` +
      `/DW 0/W[${widthArray(widths)}]${isCff ? "" : `/CIDToGIDMap ${first + 5} 0 R`}>>`,
    descriptor(font, name, `/FontFile${isCff ? 3 : 2} ${first + 3} 0 R`),
    { content: program, dictionary: isCff ? "/Subtype/CIDFontType0C" : `/Length1 ${program.length}` },
    { content: Buffer.from(textMap(font, codes)), dictionary: "" },
    { content: map, dictionary: isCff ? CODE_MAP_MEMBERS : "" },
  ];
}

/** Members of fontkit that its types lack. */
interface Subset {
  /** Returns the glyph's number in the subset. */
  includeGlyph(glyph: number): number;
  encode(): Uint8Array;
}

interface Directory {
  readonly tables: Readonly<Record<string, unknown>>;
}

interface Code {
  readonly code: number;
  readonly glyph: number;
  /** Only if the font's own table does not give it. */
  readonly text?: string;
}

/** In ascending order, so that equal use gives equal bytes. */
function usedCodes(font: PdfFont): Code[] {
  const codes: Code[] = [];
  for (let glyph = 0; glyph < font.source.numGlyphs; glyph += 1) {
    if (((font.used[glyph >> 3] ?? 0) >> (glyph & 7)) & 1) codes.push({ code: glyph, glyph });
  }
  codes.push(...font.extras);
  return codes.sort((a, b) => a.code - b.code);
}

/** Six letters that differ between subsets of a font (9.6.4). */
function subsetTag(font: PdfFont): string {
  const hash = createHash("sha256").update(font.used).update(JSON.stringify(font.extras)).digest();
  return String.fromCharCode(...hash.subarray(0, 6).map((byte) => 65 + (byte % 26)));
}

function descriptor(font: PdfFont, name: string, file: string): string {
  const { source, scale } = font;
  const { minX, minY, maxX, maxY } = source.bbox;
  const box = [minX, minY, maxX, maxY].map((value) => decimal(value * scale)).join(" ");
  const capitals = decimal((source.capHeight || source.ascent * 0.7) * scale);
  return (
    `<</Type/FontDescriptor/FontName/${name}/Flags 4/FontBBox[${box}]/ItalicAngle ${decimal(source.italicAngle)}` +
    `/Ascent ${decimal(source.ascent * scale)}/Descent ${decimal(source.descent * scale)}/CapHeight ${capitals}` +
    `/StemV ${/bold/i.test(source.postscriptName) ? 140 : 80}${file}>>`
  );
}

/** Runs of neighbours share a list (9.7.4.3). */
function widthArray(widths: readonly { cid: number; width: number }[]): string {
  let array = "";
  let next = -1;
  for (const { cid, width } of widths.toSorted((a, b) => a.cid - b.cid)) {
    if (cid < next) continue;
    array += cid === next ? ` ${decimal(width)}` : `${next === -1 ? "" : "]"}${cid}[${decimal(width)}`;
    next = cid + 1;
  }
  return `${array}]`;
}

/** Two bytes for each code up to the last: the number of its glyph in the subset. */
function glyphMap(codes: readonly Code[], glyphOf: (glyph: number) => number): Uint8Array {
  const map = Buffer.alloc(((codes.at(-1)?.code ?? 0) + 1) * 2);
  for (const { code, glyph } of codes) map.writeUInt16BE(glyphOf(glyph), code * 2);
  return map;
}

const CODE_MAP_MEMBERS =
  "/Type/CMap/CMapName/Carryout-Codes/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>";

/** The same for fonts with PostScript outlines, whose subset is addressed by CIDs: a CMap from codes to them. */
function codeMap(codes: readonly Code[], glyphOf: (glyph: number) => number): Uint8Array {
  const map = cmap(
    "Carryout-Codes",
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>def/CMapType 1 def",
    "cidchar",
    codes.map(({ code, glyph }) => `<${hex(code)}>${glyphOf(glyph)}`),
  );
  return Buffer.from(map);
}

function textMap(font: PdfFont, codes: readonly Code[]): string {
  const texts = glyphTexts(font);
  const lines = codes.flatMap(({ code, glyph, text = texts.get(glyph) }) => {
    return text === undefined ? [] : [`<${hex(code)}><${utf16Hex(text)}>`];
  });
  const system = "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def/CMapType 2 def";
  return cmap("Adobe-Identity-UCS", system, "bfchar", lines);
}

/** Parts of Chinese characters and strokes: fonts have one glyph for some of them and the character. */
const RADICAL = /[\u2e80-\u2fdf\u31c0-\u31ef]/;

/** The text of each glyph: if several characters share one, the one that Unicode prefers, else the first. */
function glyphTexts(font: PdfFont): Map<number, string> {
  const texts = new Map<number, string>();
  const preferred = new Set<number>();
  for (const codePoint of font.source.characterSet.toSorted((a, b) => a - b)) {
    const { id } = font.source.glyphForCodePoint(codePoint);
    if (preferred.has(id)) continue;
    const text = String.fromCodePoint(codePoint);
    if (text.normalize("NFKC") === text && !RADICAL.test(text)) preferred.add(id);
    else if (texts.has(id)) continue;
    texts.set(id, text);
  }
  return texts;
}

/** At most 100 lines a block (9.7.5.4). */
function cmap(name: string, members: string, operator: string, lines: readonly string[]): string {
  let blocks = "";
  for (let from = 0; from < lines.length; from += 100) {
    const block = lines.slice(from, from + 100);
    blocks += `${block.length} begin${operator}\n${block.join("\n")}\nend${operator}\n`;
  }
  return (
    "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n" +
    `/CMapName/${name} def${members}\n` +
    `1 begincodespacerange<0000><FFFF>endcodespacerange\n${blocks}` +
    "endcmap CMapName currentdict/CMap defineresource pop end end"
  );
}

function hex(code: number): string {
  return code.toString(16).padStart(4, "0").toUpperCase();
}
