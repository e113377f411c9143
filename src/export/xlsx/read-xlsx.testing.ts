/** @module Reads a workbook as written here: as much of the format as is needed to compare every value. */

import { readZip } from "../zip/read-zip.testing.ts";

export interface ReadCell {
  readonly value: string | number | boolean;
  readonly formula: string | null;
  readonly style: number;
}

/** Sheets in order; rows by number minus one, cells by letters. */
export interface ReadSheet {
  readonly name: string;
  readonly xml: string;
  readonly rows: readonly Record<string, ReadCell>[];
}

export function readXlsx(bytes: Buffer): { sheets: ReadSheet[]; parts: Map<string, Buffer> } {
  const parts = readZip(bytes);
  const targets = new Map(
    [...text(parts, "xl/_rels/workbook.xml.rels").matchAll(/Id="(\w+)" Type="[^"]+" Target="([^"]+)"/g)].map(
      ([, id, target]) => [id, target],
    ),
  );
  const listed = text(parts, "xl/workbook.xml").matchAll(/<sheet name="([^"]*)" sheetId="\d+" r:id="(\w+)"/g);
  const sheets = [...listed].map(([, name, id]) => {
    const xml = text(parts, `xl/${targets.get(id!)}`);
    return { name: decode(name!), xml, rows: rowsOf(xml) };
  });
  return { sheets, parts };
}

function rowsOf(xml: string): Record<string, ReadCell>[] {
  return [...xml.matchAll(/<row r="(\d+)">(.*?)<\/row>/gs)].map(([, number, cells], at) => {
    if (Number(number) !== at + 1) throw new Error(`row ${number} comes after row ${at}`);
    const read: Record<string, ReadCell> = {};
    for (const [, letters, row, style, type, content] of cells!.matchAll(
      /<c r="([A-Z]+)(\d+)" s="(\d+)"(?: t="(\w+)")?>(.*?)<\/c>/gs,
    )) {
      if (row !== number) throw new Error(`cell ${letters}${row} is in row ${number}`);
      const value = /<[vt](?: xml:space="preserve")?>(.*?)<\/[vt]>/s.exec(content!)![1]!;
      const formula = /<f>(.*?)<\/f>/s.exec(content!)?.[1];
      read[letters!] = {
        value: type === undefined ? Number(value) : type === "b" ? value === "1" : decode(value),
        formula: formula === undefined ? null : decode(formula),
        style: Number(style),
      };
    }
    return read;
  });
}

function text(parts: Map<string, Buffer>, name: string): string {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`no part ${name}`);
  return part.toString();
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

function decode(xml: string): string {
  return xml
    .replace(/&(\w+);/g, (_, name) => ENTITIES[name]!)
    .replace(/_x([0-9A-F]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
