/** @module How values and objects of a PDF are written (ISO 32000-1, 7.3). Text is Latin-1: a character for a byte. */

import { promisify } from "node:util";
import { deflate } from "node:zlib";

const compress = promisify(deflate);

export function plainObject(number: number, body: string): Buffer {
  return Buffer.from(`${number} 0 obj\n${body}\nendobj\n`, "latin1");
}

/** Compresses off the main thread. `dictionary` are more members of the stream's dictionary. */
export async function streamObject(
  number: number,
  content: string | Uint8Array,
  dictionary: string,
): Promise<Buffer> {
  const raw = typeof content === "string" ? Buffer.from(content, "latin1") : content;
  const bytes = await compress(raw);
  const head = `${number} 0 obj\n<<${dictionary}/Filter/FlateDecode/Length ${bytes.length}>>stream\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), bytes, Buffer.from("\nendstream\nendobj\n")]);
}

/** A text for people, as a string in UTF-16 (7.9.2.2). */
export function textString(text: string): string {
  return `<FEFF${utf16Hex(text)}>`;
}

export function utf16Hex(text: string): string {
  return Buffer.from(text, "utf16le").swap16().toString("hex").toUpperCase();
}

/** A string of bytes in parentheses. An unescaped line end would be read as "\n", whichever it was. */
export function byteString(bytes: string): string {
  return `(${bytes
    .replace(/[\\()]/g, "\\$&")
    .replaceAll("\r", "\\r")
    .replaceAll("\n", "\\n")})`;
}

/** PDF knows no exponents. */
export function decimal(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export function reference(number: number): string {
  return `${number} 0 R`;
}
