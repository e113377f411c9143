/** @module Text for the standard fonts of PDF, which have only the 218 characters of WinAnsi (Windows-1252). */

/** The characters for the bytes 0x80 to 0x9F; elsewhere WinAnsi equals Latin-1. */
const ABOVE_ASCII = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

/** Letters that do not decompose into a letter with a mark. */
const SIMILAR: Record<string, string> = {
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  ħ: "h",
  Ħ: "H",
  ı: "i",
  ə: "e",
  Ə: "E",
  "−": "-",
  "‐": "-",
  ʻ: "'",
  ʼ: "'",
};

/**
 * Each character of the result represents one byte. A letter that WinAnsi lacks loses its marks (ő → o, ş → s,
 * ệ → e), and any other character it lacks becomes "?": no text causes an error.
 */
export function winAnsi(text: string): string {
  let bytes = "";
  for (const character of text.normalize("NFC")) bytes += byteOf(character) ?? withoutMarks(character);
  return bytes;
}

function withoutMarks(character: string): string {
  const similar = SIMILAR[character];
  if (similar !== undefined) return similar;
  const bare = character.normalize("NFD").replace(/\p{Mark}/gu, "");
  // A mark on its own, without a letter before it.
  if (bare === "") return "";
  return [...bare].map((letter) => byteOf(letter) ?? "?").join("");
}

function byteOf(character: string): string | null {
  const code = character.codePointAt(0) ?? 0;
  if ((code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff)) return character;
  const index = character === "\0" ? -1 : ABOVE_ASCII.indexOf(character);
  return index < 0 ? null : String.fromCharCode(0x80 + index);
}
