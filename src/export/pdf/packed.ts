/** @module Numbers and bits as short text, for the state of a writer. */

import { deflateRawSync, inflateRawSync } from "node:zlib";

/** Natural numbers, seven bits a byte, in base64: most take one or two bytes. */
export function packNumbers(numbers: readonly number[]): string {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number;
    while (rest > 127) {
      bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
  }
  return Buffer.from(bytes).toString("base64");
}

export function unpackNumbers(packed: string): number[] {
  const numbers: number[] = [];
  let number = 0;
  let factor = 1;
  for (const byte of Buffer.from(packed, "base64")) {
    number += (byte % 128) * factor;
    factor *= 128;
    if (byte > 127) continue;
    numbers.push(number);
    number = 0;
    factor = 1;
  }
  return numbers;
}

/** Any bytes or text, compressed, in base64. */
export function packBytes(bytes: Uint8Array | string): string {
  return deflateRawSync(bytes, { level: 3 }).toString("base64");
}

export function unpackBytes(packed: string): Buffer {
  return inflateRawSync(Buffer.from(packed, "base64"));
}
