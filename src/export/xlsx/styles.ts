/** @module The styles of a workbook: one for each column, and one for its heading. */

import type { Column } from "../column.ts";
import { escapeXml } from "./xml.ts";

/** Index of the heading's style; 0 is that of every cell without one. */
export const HEAD_STYLE = 1;
const FIRST_OWN_STYLE = 2;
/** The number of the first custom format. */
const FIRST_OWN_FORMAT = 164;
const PLAIN_FONT = 0;
const BOLD_FONT = 1;
const LINK_FONT = 2;
const BOLD_LINK_FONT = 3;

/** The styles of one column. `text` is for values written as text although the column has numbers or dates. */
export interface ColumnStyle {
  readonly value: number;
  readonly text: number;
}

export interface Styles {
  readonly ofColumns: readonly ColumnStyle[];
  /** The part "xl/styles.xml". */
  readonly part: string;
}

export function stylesOf(columns: readonly Column[]): Styles {
  const formats: string[] = [];
  const styles: string[] = [];
  const styleOf = (format: string, font: number, align: string) => {
    if (format !== "" && !formats.includes(format)) formats.push(format);
    const number = format === "" ? 0 : FIRST_OWN_FORMAT + formats.indexOf(format);
    const style = `<xf numFmtId="${number}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1"><alignment horizontal="${align}"/></xf>`;
    if (!styles.includes(style)) styles.push(style);
    return FIRST_OWN_STYLE + styles.indexOf(style);
  };
  const ofColumns = columns.map((column) => {
    const { align, bold, type } = column;
    const font = bold ? BOLD_FONT : PLAIN_FONT;
    const linkFont = bold ? BOLD_LINK_FONT : LINK_FONT;
    return {
      value: styleOf(numberFormat(column), type === "link" ? linkFont : font, align),
      text: styleOf("", font, align),
    };
  });
  return { ofColumns, part: partOf(formats, styles) };
}

/** Days in ISO 8601, which is unambiguous everywhere. */
function numberFormat({ type, decimals, grouping }: Column): string {
  const whole = grouping ? "#,##0" : "0";
  switch (type) {
    case "integer":
      return whole;
    case "number":
      return decimals === undefined ? "" : decimals === 0 ? whole : `${whole}.${"0".repeat(decimals)}`;
    case "date":
      return "yyyy\\-mm\\-dd";
    case "datetime":
      return "yyyy\\-mm\\-dd\\ hh:mm:ss";
    default:
      return "";
  }
}

function partOf(formats: readonly string[], styles: readonly string[]): string {
  const numbers = formats.map(
    (format, at) => `<numFmt numFmtId="${FIRST_OWN_FORMAT + at}" formatCode="${escapeXml(format)}"/>`,
  );
  const font = (looks: string) => `<font>${looks}<name val="Calibri"/><family val="2"/></font>`;
  const blue = '<u/><sz val="11"/><color rgb="FF0563C1"/>';
  const fonts = [font('<sz val="11"/>'), font('<b/><sz val="11"/>'), font(blue), font(`<b/>${blue}`)];
  const all = [
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
    `<xf numFmtId="0" fontId="${BOLD_FONT}" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>`,
    ...styles,
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
    numbers.length === 0 ? "" : `<numFmts count="${numbers.length}">${numbers.join("")}</numFmts>`,
    `<fonts count="${fonts.length}">${fonts.join("")}</fonts>`,
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>',
    '<fill><patternFill patternType="solid"><fgColor rgb="FFEDEDED"/><bgColor indexed="64"/></patternFill></fill></fills>',
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>',
    '<border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border></borders>',
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
    `<cellXfs count="${all.length}">${all.join("")}</cellXfs>`,
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>',
    "</styleSheet>",
  ].join("");
}
