/** @module A section's index: a cross-reference stream (ISO 32000-1, 7.5.8). */

/** Where an object is: at an offset, or in a stream of objects. Number 0 stands for the list of free numbers. */
export type Entry =
  | { readonly number: number; readonly offset: number }
  | { readonly number: number; readonly stream: number; readonly index: number };

/** Bytes of an entry's type, of its offset (up to 256 TB) or its stream's number, and of its index in the stream. */
const WIDTHS = [1, 6, 2] as const;
const SIZE = 9;

export interface CrossReferences {
  /** What the stream holds, before compression. */
  readonly table: Uint8Array;
  /** Members of its dictionary. */
  readonly dictionary: string;
}

export function crossReferences(entries: readonly Entry[]): CrossReferences {
  const sorted = entries.toSorted((a, b) => a.number - b.number);
  const rows = Buffer.alloc(sorted.length * SIZE);
  const runs: number[] = [];
  let next = -1;
  for (const [row, entry] of sorted.entries()) {
    if (entry.number !== next) runs.push(entry.number, 0);
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    next = entry.number + 1;
    writeRow(rows, row * SIZE, entry);
  }
  const dictionary =
    `/W[${WIDTHS.join(" ")}]/Index[${runs.join(" ")}]` + `/DecodeParms<</Predictor 12/Columns ${SIZE}>>`;
  return { table: differences(rows), dictionary };
}

function writeRow(rows: Buffer, at: number, entry: Entry): void {
  if ("stream" in entry) {
    rows[at] = 2;
    rows.writeUIntBE(entry.stream, at + 1, 6);
    rows.writeUInt16BE(entry.index, at + 7);
  } else if (entry.number === 0) {
    rows.writeUInt16BE(65_535, at + 7);
  } else {
    rows[at] = 1;
    rows.writeUIntBE(entry.offset, at + 1, 6);
  }
}

/** Each row as its difference from the one above (PNG's predictor "Up"): rows that count up compress to nothing. */
function differences(rows: Buffer): Uint8Array {
  const out = new Uint8Array((rows.length / SIZE) * (SIZE + 1));
  for (let from = 0, to = 0; from < rows.length; from += SIZE) {
    out[to] = 2;
    to += 1;
    for (let byte = 0; byte < SIZE; byte += 1, to += 1) {
      out[to] = (rows[from + byte] ?? 0) - (from === 0 ? 0 : (rows[from + byte - SIZE] ?? 0));
    }
  }
  return out;
}
