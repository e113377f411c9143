/** @module How values and objects of a PDF are written (ISO 32000-1, 7.3). Text is Latin-1: a character for a byte. */

import { promisify } from "node:util";
import { deflate, type ZlibOptions } from "node:zlib";

const deflated: (bytes: Uint8Array, options: ZlibOptions) => Promise<Buffer> = promisify(deflate);
/** Most pages take less when they are compressed. */
const PAGE_SIZE = 8_192;

/**
 * Compresses off the main thread, each time in a fresh zlib: one that was reset gives other bytes now and then
 * (seen with Node 24, whose zlib is Chromium's).
 */
export async function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return await deflated(bytes, { chunkSize: PAGE_SIZE });
}

/** The next part of the output: bytes, or ASCII text. */
export type Part = Uint8Array | string;

export function plainObject(number: number, body: string): Part[] {
  return [Buffer.from(`${number} 0 obj\n${body}\nendobj\n`, "latin1")];
}

/** An object whose content is compressed. `dictionary` has additional members of its dictionary. */
export interface Stream {
  readonly content: Uint8Array;
  readonly dictionary: string;
}

/** In parts, to avoid copying every page; `dictionary` is ASCII. */
export function streamObject(number: number, compressed: Uint8Array, dictionary: string): Part[] {
  const head = `${number} 0 obj\n<<${dictionary}/Filter/FlateDecode/Length ${compressed.length}>>stream\n`;
  return [head, compressed, "\nendstream\nendobj\n"];
}

/** Human-readable text, as a string in UTF-16 (7.9.2.2). */
export function textString(text: string): string {
  return `<FEFF${utf16Hex(text)}>`;
}

export function utf16Hex(text: string): string {
  return Buffer.from(text, "utf16le").swap16().toString("hex").toUpperCase();
}

/** A string of bytes in parentheses. Readers would take any unescaped line end for "\n". */
export function byteString(bytes: string): string {
  return `(${bytes
    .replace(/[\\()]/g, "\\$&")
    .replaceAll("\r", "\\r")
    .replaceAll("\n", "\\n")})`;
}

/** PDF has no notation for exponents. */
export function decimal(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export function reference(number: number): string {
  return `${number} 0 R`;
}
