/** @module A section's index: a cross-reference stream (ISO 32000-1, 7.5.8). */

/** Bytes of an entry's type, of its offset (up to 256 TB) or its stream's number, and of its index in the stream. */
const WIDTHS = [1, 6, 2] as const;
const ENTRY = 9;
/** A row is the number of its predictor, followed by an entry. */
const ROW = ENTRY + 1;
/** Rows are differences from the row above (PNG's predictor "Up"): consecutive entries compress to almost nothing. */
const UP = 2;

/** Entries are added in the order of their numbers. */
export class CrossReferences {
  readonly #rows: Buffer;
  readonly #above = Buffer.alloc(ENTRY);
  readonly #entry = Buffer.alloc(ENTRY);
  /** First number and length of each run of numbers. */
  readonly #runs: number[] = [];
  #next = -1;
  #length = 0;

  /** An upper bound of the number of entries. */
  constructor(most: number) {
    this.#rows = Buffer.allocUnsafe(most * ROW);
  }

  /** The head of the list of free numbers. */
  addFree(): void {
    this.#add(0, 0, 0, 65_535);
  }

  addObject(number: number, offset: number): void {
    this.#add(number, 1, offset, 0);
  }

  addMember(number: number, stream: number, index: number): void {
    this.#add(number, 2, stream, index);
  }

  /** The stream's content before compression. */
  get table(): Uint8Array {
    return this.#rows.subarray(0, this.#length);
  }

  /** Members of its dictionary. */
  get dictionary(): string {
    return `/W[${WIDTHS.join(" ")}]/Index[${this.#runs.join(" ")}]/DecodeParms<</Predictor 12/Columns ${ENTRY}>>`;
  }

  #add(number: number, type: number, second: number, third: number): void {
    if (number !== this.#next) this.#runs.push(number, 0);
    this.#runs[this.#runs.length - 1] = (this.#runs.at(-1) ?? 0) + 1;
    this.#next = number + 1;
    const entry = this.#entry;
    entry[0] = type;
    entry.writeUIntBE(second, 1, 6);
    entry.writeUInt16BE(third, 7);
    this.#rows[this.#length] = UP;
    for (let byte = 0; byte < ENTRY; byte += 1) {
      this.#rows[this.#length + 1 + byte] = (entry[byte] ?? 0) - (this.#above[byte] ?? 0);
    }
    entry.copy(this.#above);
    this.#length += ROW;
  }
}
