/** @module Writes a PDF in sections of whole pages, so that it can be resumed after any of them. */

import { deflateSync } from "node:zlib";

/**
 * The state of a PDF after a section. A section is what ISO 32000-1, 7.5.6 calls an incremental update: it adds
 * objects, and an index (xref) of them that points to the previous index. So this is all the state that is needed,
 * and after each section the file is a complete PDF of the pages so far.
 */
export interface PdfState {
  /** Bytes so far. */
  size: number;
  /** Offset of the last index. */
  xref: number;
  pages: number;
}

export interface PdfSection {
  bytes: Buffer;
  state: PdfState;
}

export interface PdfDocument {
  title: string;
  /** Width and height in points. */
  paper: readonly [width: number, height: number];
  /** Standard fonts, which every reader has, in WinAnsi encoding; pages refer to them as F0, F1, … */
  fonts: readonly string[];
  /** Pages per section; the last section may have fewer. */
  pagesPerSection: number;
  /** 32 hexadecimal digits: equal for equal content, since the file contains no date. */
  id: string;
}

/** Numbers of the objects that every section needs; the fonts follow, then a node and its pages for each section. */
const CATALOG = 1;
const PAGES = 2;
const INFO = 3;
const FIRST_FONT = 4;

interface Entry {
  number: number;
  body: Buffer;
}

/** The start of the file: a PDF without pages. */
export function firstSection(pdf: PdfDocument): PdfSection {
  const fonts = pdf.fonts.map((name, index) => {
    const body = `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`;
    return entry(FIRST_FONT + index, body);
  });
  const entries = [
    entry(CATALOG, `<< /Type /Catalog /Pages ${PAGES} 0 R >>`),
    pageTree(pdf, 0),
    entry(INFO, `<< /Title (${escaped(pdf.title)}) /Producer (Carryout example) >>`),
    ...fonts,
  ];
  // The four bytes above 127 tell programs that the file is binary.
  const head = Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "latin1");
  return section(pdf, head, entries, { size: 0, xref: 0, pages: 0 }, 0);
}

/** Adds pages, given as content streams whose Latin-1 characters represent bytes. */
export function nextSection(pdf: PdfDocument, state: PdfState, contents: readonly string[]): PdfSection {
  const node = nodeOf(pdf, state.pages / pdf.pagesPerSection);
  const entries = [pageTree(pdf, state.pages + contents.length)];
  const kids = contents.map((_, index) => `${node + 1 + 2 * index} 0 R`).join(" ");
  const count = contents.length;
  entries.push(entry(node, `<< /Type /Pages /Parent ${PAGES} 0 R /Kids [${kids}] /Count ${count} >>`));
  for (const [index, content] of contents.entries()) {
    const page = node + 1 + 2 * index;
    entries.push(entry(page, `<< /Type /Page /Parent ${node} 0 R /Contents ${page + 1} 0 R >>`));
    entries.push({ number: page + 1, body: stream(content) });
  }
  return section(pdf, Buffer.alloc(0), entries, state, state.pages + contents.length);
}

/** The root of the page tree. Its paper size and fonts apply to every page. */
function pageTree(pdf: PdfDocument, pages: number): Entry {
  const sections = Math.ceil(pages / pdf.pagesPerSection);
  const kids = Array.from({ length: sections }, (_, index) => `${nodeOf(pdf, index)} 0 R`).join(" ");
  const fonts = pdf.fonts.map((_, index) => `/F${index} ${FIRST_FONT + index} 0 R`).join(" ");
  return entry(
    PAGES,
    `<< /Type /Pages /Kids [${kids}] /Count ${pages} /MediaBox [0 0 ${pdf.paper.join(" ")}] ` +
      `/Resources << /Font << ${fonts} >> >> >>`,
  );
}

/** The number of a section's node in the page tree: it has a page and a content stream for each page. */
function nodeOf(pdf: PdfDocument, index: number): number {
  return FIRST_FONT + pdf.fonts.length + index * (1 + 2 * pdf.pagesPerSection);
}

function section(
  pdf: PdfDocument,
  head: Buffer,
  entries: readonly Entry[],
  before: PdfState,
  pages: number,
): PdfSection {
  const chunks = [head];
  const offsets: { number: number; offset: number }[] = [];
  let end = before.size + head.length;
  for (const { number, body } of entries) {
    const object = Buffer.concat([Buffer.from(`${number} 0 obj\n`), body, Buffer.from("\nendobj\n")]);
    offsets.push({ number, offset: end });
    chunks.push(object);
    end += object.length;
  }
  const size = Math.max(...entries.map(({ number }) => number)) + 1;
  const previous = before.size === 0 ? "" : ` /Prev ${before.xref}`;
  const trailer =
    `trailer\n<< /Size ${size} /Root ${CATALOG} 0 R /Info ${INFO} 0 R /ID [<${pdf.id}> <${pdf.id}>]${previous} >>\n` +
    `startxref\n${end}\n%%EOF\n`;
  chunks.push(Buffer.from(index(offsets, before.size === 0) + trailer));
  const bytes = Buffer.concat(chunks);
  return { bytes, state: { size: before.size + bytes.length, xref: end, pages } };
}

/** The xref table: a run of lines for each run of numbers, every line of exactly 20 bytes. */
function index(offsets: readonly { number: number; offset: number }[], isFirst: boolean): string {
  const lines = offsets.map(({ number, offset }) => ({ number, line: `${digits(offset, 10)} 00000 n \n` }));
  if (isFirst) lines.unshift({ number: 0, line: "0000000000 65535 f \n" });
  const runs: { first: number; lines: string[] }[] = [];
  for (const { number, line } of lines) {
    const run = runs.at(-1);
    if (run !== undefined && run.first + run.lines.length === number) run.lines.push(line);
    else runs.push({ first: number, lines: [line] });
  }
  return `xref\n${runs.map((run) => `${run.first} ${run.lines.length}\n${run.lines.join("")}`).join("")}`;
}

function stream(content: string): Buffer {
  const bytes = deflateSync(Buffer.from(content, "latin1"));
  const head = `<< /Filter /FlateDecode /Length ${bytes.length} >>\nstream\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from("\nendstream")]);
}

function entry(number: number, body: string): Entry {
  return { number, body: Buffer.from(body, "latin1") };
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

/** The content of a PDF string, escaped. */
export function escaped(text: string): string {
  return text.replace(/[\\()]/g, "\\$&");
}
