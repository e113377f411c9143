/** @module The parts of a workbook around its sheets (ECMA-376 parts 1 and 2). */

import type { Table } from "../format.ts";
import { escapeXml } from "./xml.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** A sheet as listed in the workbook. */
export interface Sheet {
  readonly name: string;
  /** The range of its filter, such as "A1:J100"; null without one. */
  readonly filtered: string | null;
}

export interface Part {
  readonly name: string;
  readonly content: string;
}

/** First in the archive: programs recognise the file type by it. */
export const PACKAGE_RELATIONS: Part = {
  name: "_rels/.rels",
  content: relations([
    [`${OFFICE}/officeDocument`, "xl/workbook.xml"],
    [`${PACKAGE}/relationships/metadata/core-properties`, "docProps/core.xml"],
  ]),
};

/** Title and time of the request: nothing that differs between attempts. */
export function properties({ title, requestedAt }: Table): Part {
  const time = requestedAt.toISOString().replace(/\.\d+/, "");
  return {
    name: "docProps/core.xml",
    content: [
      HEAD,
      `<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"`,
      ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
      `<dc:title>${escapeXml(title)}</dc:title>`,
      `<dcterms:created xsi:type="dcterms:W3CDTF">${time}</dcterms:created>`,
      `<dcterms:modified xsi:type="dcterms:W3CDTF">${time}</dcterms:modified>`,
      "</cp:coreProperties>",
    ].join(""),
  };
}

export function sheetPart(number: number): string {
  return `xl/worksheets/sheet${number}.xml`;
}

/** The parts that depend on the number of sheets: they are written last. */
export function workbookParts(sheets: readonly Sheet[]): Part[] {
  const listed = sheets.map(
    ({ name }, at) => `<sheet name="${escapeXml(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`,
  );
  const filters = sheets.flatMap(({ name, filtered }, at) => {
    if (filtered === null) return [];
    const range = `'${name.replaceAll("'", "''")}'!${filtered.replace(/[A-Z]+|\d+/g, "$$$&")}`;
    return `<definedName name="_xlnm._FilterDatabase" localSheetId="${at}" hidden="1">${escapeXml(range)}</definedName>`;
  });
  const names = filters.length === 0 ? "" : `<definedNames>${filters.join("")}</definedNames>`;
  const types = sheets.map((_, at) => override(`/${sheetPart(at + 1)}`, `${SPREADSHEET}.worksheet+xml`));
  return [
    {
      name: "xl/workbook.xml",
      content: `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><workbookPr/><bookViews><workbookView/></bookViews><sheets>${listed.join("")}</sheets>${names}</workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      content: relations([
        ...sheets.map((_, at): Relation => [`${OFFICE}/worksheet`, `worksheets/sheet${at + 1}.xml`]),
        [`${OFFICE}/styles`, "styles.xml"],
      ]),
    },
    {
      name: "[Content_Types].xml",
      content: [
        `${HEAD}<Types xmlns="${PACKAGE}/content-types">`,
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
        '<Default Extension="xml" ContentType="application/xml"/>',
        override("/xl/workbook.xml", `${SPREADSHEET}.sheet.main+xml`),
        override("/xl/styles.xml", `${SPREADSHEET}.styles+xml`),
        override("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ...types,
        "</Types>",
      ].join(""),
    },
  ];
}

type Relation = [type: string, target: string];

function relations(all: readonly Relation[]): string {
  const listed = all.map(
    ([type, target], at) => `<Relationship Id="rId${at + 1}" Type="${type}" Target="${target}"/>`,
  );
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${listed.join("")}</Relationships>`;
}

function override(part: string, type: string): string {
  return `<Override PartName="${part}" ContentType="${type}"/>`;
}
