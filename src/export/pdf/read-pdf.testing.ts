/** @module Reads a PDF's indexes and objects according to ISO 32000-1, and fails on any error in them. */

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

export interface ReadPdf {
  /** The objects' text by number, with streams decompressed. */
  readonly objects: ReadonlyMap<number, string>;
  /** Numbers of the pages, in order. */
  readonly pages: readonly number[];
  /** The number of indexes. */
  readonly sections: number;
}

interface Raw {
  readonly dictionary: string;
  readonly stream: Buffer | undefined;
}

/** Follows every index, object and page. */
export function readPdf(bytes: Buffer): ReadPdf {
  assert.match(bytes.subarray(0, 9).toString("latin1"), /^%PDF-1\.7\n/);
  const end = /startxref\n(\d+)\n%%EOF\n$/.exec(bytes.subarray(-40).toString("latin1"));
  assert.ok(end, "the file ends in the place of its index");
  const objects = new Map<number, string>();
  const inStreams: { number: number; stream: number; index: number }[] = [];
  let sections = 0;
  for (let at: number | undefined = Number(end[1]); at !== undefined; sections += 1) {
    const { dictionary, stream } = objectAt(bytes, at);
    for (const { number, type, second, third } of entriesOf(dictionary, stream!)) {
      assert.ok(!objects.has(number), `object ${number} is in one index`);
      if (type === 1) objects.set(number, textOf(objectAt(bytes, second, number)));
      if (type === 2) inStreams.push({ number, stream: second, index: third });
    }
    const previous = /\/Prev (\d+)/.exec(dictionary);
    at = previous === null ? undefined : Number(previous[1]);
  }
  for (const { number, stream, index } of inStreams)
    objects.set(number, memberOf(objects.get(stream)!, number, index));
  return { objects, pages: pagesOf(objects), sections };
}

/** Fails when a reference has no target, or a page's marks don't agree with its content. */
export function verifyPdf(bytes: Buffer): ReadPdf {
  const pdf = readPdf(bytes);
  const isTagged = pdf.objects.get(1)!.includes("/StructTreeRoot");
  for (const [number, text] of pdf.objects) {
    if (text.includes("stream\n") || (!isTagged && /^<<\/S\/|\/Limits/.test(text))) continue;
    for (const [, target] of text.matchAll(/\b(\d{1,9}) 0 R/g)) {
      assert.ok(
        pdf.objects.has(Number(target)),
        `object ${number} names object ${target}: ${text.slice(0, 200)}`,
      );
    }
  }
  const nodes = new Map<string, string>();
  for (const text of pdf.objects.values()) {
    const [, key, owners] = /\/Nums\[(\d+)\[([^\]]*)\]/.exec(text) ?? [];
    if (key !== undefined && owners !== undefined) nodes.set(key, owners);
  }
  for (const page of pdf.pages) {
    const content = pdf.objects.get(Number(/\/Contents (\d+)/.exec(pdf.objects.get(page)!)?.[1]))!;
    const begun = content.match(/(?:>>BDC| BMC)\n/g)?.length ?? 0;
    assert.equal(content.match(/EMC(?:\n|$)/g)?.length ?? 0, begun, "marks are balanced");
    if (isTagged) checkOwners(pdf, nodes, page, content);
  }
  return pdf;
}

/** Every mark of the page has a tag, and the tag refers back to it. */
function checkOwners(
  { objects }: ReadPdf,
  nodes: ReadonlyMap<string, string>,
  page: number,
  content: string,
): void {
  const node = nodes.get(/\/StructParents (\d+)/.exec(objects.get(page)!)?.[1] ?? "");
  const owners = [...(node ?? "").matchAll(/(\d+) 0 R/g)];
  assert.equal(content.match(/\/MCID \d+>>BDC/g)?.length ?? 0, owners.length);
  for (const [mark, owner] of owners.entries()) {
    const tag = objects.get(Number(owner[1]))!;
    assert.match(tag, new RegExp(`/Pg ${page} 0 R/K(?: ${mark}[/>]|\\[${mark} <<)`));
  }
}

function objectAt(bytes: Buffer, offset: number, number?: number): Raw {
  const text = bytes.subarray(offset, offset + 20).toString("latin1");
  const head = /^(\d+) 0 obj\n/.exec(text);
  assert.ok(
    head !== null && (number === undefined || Number(head[1]) === number),
    `an object begins at ${offset}: ${text}`,
  );
  const from = offset + head[0].length;
  const streamAt = bytes.indexOf("stream\n", from, "latin1");
  const endAt = bytes.indexOf("\nendobj\n", from, "latin1");
  if (streamAt === -1 || streamAt > endAt)
    return { dictionary: bytes.toString("latin1", from, endAt), stream: undefined };
  const dictionary = bytes.toString("latin1", from, streamAt);
  const start = streamAt + "stream\n".length;
  const stream = bytes.subarray(start, start + Number(/\/Length (\d+)/.exec(dictionary)?.[1]));
  const tail = bytes.toString("latin1", start + stream.length, start + stream.length + 18);
  assert.equal(tail, "\nendstream\nendobj\n");
  return { dictionary, stream: dictionary.includes("/FlateDecode") ? inflateSync(stream) : stream };
}

function textOf({ dictionary, stream }: Raw): string {
  return stream === undefined ? dictionary : `${dictionary}stream\n${stream.toString("latin1")}`;
}

function* entriesOf(
  dictionary: string,
  table: Buffer,
): Generator<{ number: number; type: number; second: number; third: number }> {
  const runs = (/\/Index\[([\d ]+)\]/.exec(dictionary)?.[1] ?? "").split(" ").map(Number);
  const row = Buffer.alloc(9);
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    for (let index = 0; index < runs[run + 1]!; index += 1, at += 10) {
      assert.equal(table[at], 2, "the predictor of every row");
      for (let byte = 0; byte < 9; byte += 1) row[byte] = row[byte]! + table[at + 1 + byte]!;
      yield {
        number: runs[run]! + index,
        type: row[0]!,
        second: row.readUIntBE(1, 6),
        third: row.readUInt16BE(7),
      };
    }
  }
  assert.equal(at, table.length, "the index has as many rows as it says");
}

function memberOf(stream: string, number: number, index: number): string {
  const [, first] = /\/First (\d+)/.exec(stream)!;
  const data = stream.slice(stream.indexOf("stream\n") + "stream\n".length);
  const head = data.slice(0, Number(first)).trim().split(" ").map(Number);
  assert.equal(head[2 * index], number);
  const next = head[2 * index + 3];
  const from = Number(first) + head[2 * index + 1]!;
  return data.slice(from, next === undefined ? undefined : Number(first) + next - 1);
}

function pagesOf(objects: ReadonlyMap<number, string>): number[] {
  const walk = (number: number): number[] => {
    const text = objects.get(number);
    assert.ok(text !== undefined, `object ${number} of the page tree`);
    if (text.startsWith("<</Type/Page/")) return [number];
    const kids = [...(/\/Kids\[([^\]]*)\]/.exec(text)?.[1] ?? "").matchAll(/(\d+) 0 R/g)];
    const pages = kids.flatMap(([, kid]) => walk(Number(kid)));
    assert.equal(pages.length, Number(/\/Count (\d+)/.exec(text)?.[1]), "the tree's counts are true");
    return pages;
  };
  return walk(2);
}
