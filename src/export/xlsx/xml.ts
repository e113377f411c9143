/** @module Text in the XML of spreadsheets. */

/** Characters that XML 1.0 can't hold or spreadsheets would misread; one test for the common case. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const SPECIAL = /[\u0000-\u001f&<>"\ufffe\uffff]|_x/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const NOT_XML = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g;

const SPACE = 0x20;

/**
 * Any text for an element or attribute. Characters that XML can't hold become "_x0007_" and the like, which
 * spreadsheets decode (ECMA-376 part 1, 22.9.2.19, ST_Xstring); in text that looks like such an escape, the underscore
 * is escaped. So are carriage returns, which XML would turn into line feeds.
 */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
    .replace(NOT_XML, (character) => `_x${hex(character)}_`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** The content of an element with the text unchanged, including white space at its ends. */
export function textElement(name: string, text: string): string {
  // Of an empty text both are NaN.
  const isKept = text.charCodeAt(0) <= SPACE || text.charCodeAt(text.length - 1) <= SPACE;
  return `<${name}${isKept ? ' xml:space="preserve"' : ""}>${escapeXml(text)}</${name}>`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
}
