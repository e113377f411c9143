/** @module The cities as a paged table: the layout of a page. */

import { createHash } from "node:crypto";
import type { City } from "./cities.ts";
import { escaped, firstSection, nextSection, type PdfDocument, type PdfState } from "./pdf-sections.ts";
import { winAnsi } from "./win-ansi.ts";

/** The state of the document after a group of pages: JSON, so that another node can continue from it. */
export interface PdfPosition extends PdfState {
  /** The id of the last city that was written. */
  after: number;
  rows: number;
  [key: string]: number;
}

export interface PdfPart {
  bytes: Uint8Array;
  position: PdfPosition;
}

const ROWS_PER_PAGE = 48;
const PAGES_PER_GROUP = 20;
export const citiesPerGroup = ROWS_PER_PAGE * PAGES_PER_GROUP;

/** In points, from the lower left corner of an A4 page. */
const PAPER = [595, 842] as const;
const LEFT = 40;
const RIGHT = 555;
const FIRST_ROW = 762;
const ROW_HEIGHT = 15;
const FONT_SIZE = 9;
const LONGEST_NAME = 44;

interface Column {
  title: string;
  /** The left edge of the text, or the right edge of a number. */
  at: number;
  isNumber: boolean;
  value: (city: City) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "Id", at: 86, isNumber: true, value: ({ cityId }) => String(cityId) },
  { title: "Name", at: 98, isNumber: false, value: ({ name }) => shortened(name) },
  { title: "Country", at: 310, isNumber: false, value: ({ country }) => country },
  { title: "Region", at: 354, isNumber: false, value: ({ adminCode }) => adminCode },
  {
    title: "Population",
    at: 449,
    isNumber: true,
    value: ({ population }) => population.toLocaleString("en"),
  },
  { title: "Latitude", at: 502, isNumber: true, value: ({ loc }) => loc.coordinates[1].toFixed(4) },
  { title: "Longitude", at: RIGHT, isNumber: true, value: ({ loc }) => loc.coordinates[0].toFixed(4) },
];

/** The beginning of the file, before any page. */
export function firstPart(country: string | undefined): PdfPart {
  const { bytes, state } = firstSection(documentOf(country));
  return { bytes, position: { ...state, after: 0, rows: 0 } };
}

/** The next group of pages: `citiesPerGroup` cities, or the rest. The file is then complete up to this point. */
export function pagesPart(
  position: PdfPosition,
  cities: readonly City[],
  total: number,
  country: string | undefined,
): PdfPart {
  const pages = Math.ceil(total / ROWS_PER_PAGE);
  const contents: string[] = [];
  for (let start = 0; start < cities.length; start += ROWS_PER_PAGE) {
    const number = position.pages + contents.length + 1;
    const footer = `page ${number.toLocaleString("en")} of ${pages.toLocaleString("en")}`;
    contents.push(pageOf(cities.slice(start, start + ROWS_PER_PAGE), titleOf(country), footer));
  }
  const { bytes, state } = nextSection(documentOf(country), position, contents);
  const after = cities.at(-1)?.cityId ?? position.after;
  return { bytes, position: { ...state, after, rows: position.rows + cities.length } };
}

function documentOf(country: string | undefined): PdfDocument {
  return {
    title: titleOf(country),
    paper: PAPER,
    fonts: ["Helvetica", "Helvetica-Bold"],
    pagesPerSection: PAGES_PER_GROUP,
    id: createHash("sha256").update(titleOf(country)).digest("hex").slice(0, 32),
  };
}

function titleOf(country: string | undefined): string {
  return country === undefined ? "Cities of the world" : `Cities of the world: ${country}`;
}

function pageOf(cities: readonly City[], title: string, footer: string): string {
  const lines = [
    text("F1", 14, LEFT, 802, title),
    filled("0.36 0.2 0.65", LEFT - 4, FIRST_ROW + 12, RIGHT - LEFT + 8, 18),
    "1 g",
    ...COLUMNS.map((column) => cell("F1", column, FIRST_ROW + 17, column.title)),
    "0 g",
  ];
  for (const [index, city] of cities.entries()) {
    const y = FIRST_ROW - index * ROW_HEIGHT;
    if (index % 2 === 1)
      lines.push(filled("0.96 0.95 0.98", LEFT - 4, y - 4, RIGHT - LEFT + 8, ROW_HEIGHT), "0 g");
    for (const column of COLUMNS) lines.push(cell("F0", column, y, column.value(city)));
  }
  lines.push(text("F0", FONT_SIZE, LEFT, 28, "GeoNames, CC BY 4.0"));
  lines.push(text("F0", FONT_SIZE, RIGHT - numberWidth(footer), 28, footer));
  return lines.join("\n");
}

function cell(font: string, { at, isNumber }: Column, y: number, value: string): string {
  return text(font, FONT_SIZE, isNumber ? at - numberWidth(value) : at, y, value);
}

function text(font: string, size: number, x: number, y: number, value: string): string {
  return `BT /${font} ${size} Tf ${x.toFixed(2)} ${y} Td (${escaped(winAnsi(value))}) Tj ET`;
}

function filled(colour: string, x: number, y: number, width: number, height: number): string {
  return `${colour} rg ${x} ${y} ${width} ${height} re f`;
}

/** In Helvetica all digits have the same width, as have letters on average; punctuation is half as wide. */
function numberWidth(value: string): number {
  let thousandths = 0;
  for (const character of value)
    thousandths += /[.,\s]/.test(character) ? 278 : character === "-" ? 333 : 556;
  return (thousandths * FONT_SIZE) / 1000;
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length <= LONGEST_NAME ? name : `${characters.slice(0, LONGEST_NAME - 1).join("")}…`;
}
