/** @module Content streams as bytes: written in place, since strings of a page's length cost more than its layout. */

/** The character after the backslash that escapes this byte in a string (ISO 32000-1, 7.3.4.2); 0 if none is needed. */
const ESCAPES = new Uint8Array(256);
ESCAPES[0x28] = 0x28;
ESCAPES[0x29] = 0x29;
ESCAPES[0x5c] = 0x5c;
ESCAPES[0x0a] = 0x6e;
ESCAPES[0x0d] = 0x72;

const BACKSLASH = 0x5c;
const FIRST_SIZE = 16_384;

export class Content {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far; valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Operators and numbers: Latin-1. */
  text(text: string): void {
    const { length } = text;
    this.#reserve(length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < length; index += 1) bytes[at++] = text.charCodeAt(index);
    this.#length = at;
  }

  integer(value: number): void {
    this.#reserve(20);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    if (rest < 0) {
      bytes[at++] = 0x2d;
      rest = -rest;
    }
    let end = at;
    for (let digits = rest; digits > 9; digits = Math.floor(digits / 10)) end += 1;
    for (at = end; rest > 9; at -= 1) {
      bytes[at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    bytes[at] = 0x30 + rest;
    this.#length = end + 1;
  }

  /** Shows a line of text: `codes` has a two-byte code for each of its UTF-16 units. */
  show(text: string, codes: Uint16Array): void {
    const { length } = text;
    this.#reserve(length * 4 + 5);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = 0x28;
    for (let index = 0; index < length; index += 1) {
      const code = codes[text.charCodeAt(index)] ?? 0;
      const high = code >> 8;
      const low = code & 0xff;
      const highEscape = ESCAPES[high] ?? 0;
      const lowEscape = ESCAPES[low] ?? 0;
      if (highEscape !== 0) bytes[at++] = BACKSLASH;
      bytes[at++] = highEscape === 0 ? high : highEscape;
      if (lowEscape !== 0) bytes[at++] = BACKSLASH;
      bytes[at++] = lowEscape === 0 ? low : lowEscape;
    }
    this.#length = at;
    this.text(")Tj");
  }

  append(content: Content): void {
    this.#reserve(content.length);
    content.#bytes.copy(this.#bytes, this.#length, 0, content.length);
    this.#length += content.length;
  }

  clear(): void {
    this.#length = 0;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** A line of text drawn at a text object's position; its style is selected before and after. */
export interface GlyphRun {
  /** In thousandths of the font's size. */
  readonly width: number;
  draw(content: Content): void;
}

/** A two-byte code within a string's parentheses, as Latin-1. */
export function codeBytes(code: number): string {
  return escapedByte(code >> 8) + escapedByte(code & 0xff);
}

function escapedByte(byte: number): string {
  const escaped = ESCAPES[byte] ?? 0;
  return escaped === 0 ? String.fromCharCode(byte) : `\\${String.fromCharCode(escaped)}`;
}
