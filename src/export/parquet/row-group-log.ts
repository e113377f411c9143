/** @module The footer's data about the row groups so far, in a form small enough for a checkpoint. */

import type { Column } from "../column.ts";
import type { Bounds } from "./column-values.ts";
import { Packer, Unpacker } from "./packed-bytes.ts";

/** A column's pages in a row group, which are contiguous in the file. */
export interface ColumnChunk {
  readonly compressed: number;
  readonly uncompressed: number;
  /** Number of nulls, and the bounds of other values; undefined when unknown or dropped. */
  readonly nulls: number | undefined;
  readonly bounds: Bounds | undefined;
}

/** Groups are contiguous from the fourth byte of the file. */
export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly ColumnChunk[];
}

/** The level of detail of the statistics. */
const ALL = 0;
const NO_TEXTS = 1;
const NONE = 2;

export interface SavedLog {
  readonly detail: number;
  /** Base64. */
  readonly groups: string;
}

/** Bytes before base64, which adds a third: with the rest of the state at most 128 KiB. */
const MOST_BYTES = 96_000;

/**
 * Sizes are stored as differences from the previous group: about seven bytes per column of a group, and up to 16 or 34
 * more for statistics. When they don't fit, the statistics of texts are dropped, then all. What is dropped depends on
 * the rows alone.
 */
export class RowGroupLog {
  readonly #columns: readonly Column[];
  #groups: RowGroup[] = [];
  #detail = ALL;

  constructor(columns: readonly Column[], saved?: SavedLog) {
    this.#columns = columns;
    if (saved === undefined) return;
    this.#detail = saved.detail;
    this.#unpack(new Unpacker(Buffer.from(saved.groups, "base64")));
  }

  get groups(): readonly RowGroup[] {
    return this.#groups;
  }

  add(group: RowGroup): void {
    this.#groups.push(this.#reduced(group));
  }

  /** null when even the sizes don't fit. */
  save(): SavedLog | null {
    for (;;) {
      const bytes = this.#packed();
      if (bytes.length <= MOST_BYTES) return { detail: this.#detail, groups: bytes.toString("base64") };
      if (this.#detail === NONE) return null;
      this.#detail += 1;
      this.#groups = this.#groups.map((group) => this.#reduced(group));
    }
  }

  #reduced({ rows, chunks }: RowGroup): RowGroup {
    if (this.#detail === ALL) return { rows, chunks };
    return {
      rows,
      chunks: chunks.map((chunk, column) => ({
        ...chunk,
        nulls: this.#detail === NONE ? undefined : chunk.nulls,
        bounds: this.#keepsBounds(this.#columns[column]!) ? chunk.bounds : undefined,
      })),
    };
  }

  #keepsBounds({ type }: Column): boolean {
    return this.#detail === ALL || (this.#detail === NO_TEXTS && type !== "text" && type !== "link");
  }

  #packed(): Buffer {
    const packer = new Packer();
    let before: RowGroup | undefined;
    for (const group of this.#groups) {
      packer.count(group.rows);
      for (const [column, { compressed, uncompressed, nulls, bounds }] of group.chunks.entries()) {
        const earlier = before?.chunks[column];
        packer.integer(compressed - (earlier?.compressed ?? 0));
        packer.integer(uncompressed - (earlier?.uncompressed ?? 0));
        if (this.#detail !== NONE) packer.count(nulls!);
        if (!this.#keepsBounds(this.#columns[column]!)) continue;
        packer.count(bounds === undefined ? 0 : 1);
        if (bounds === undefined) continue;
        packer.bytes(bounds.min);
        packer.bytes(bounds.max);
      }
      before = group;
    }
    return packer.packed();
  }

  #unpack(packed: Unpacker): void {
    while (!packed.isAtEnd) {
      const before = this.#groups.at(-1);
      const rows = packed.count();
      const chunks = this.#columns.map((of, column) => {
        const earlier = before?.chunks[column];
        return {
          compressed: packed.integer() + (earlier?.compressed ?? 0),
          uncompressed: packed.integer() + (earlier?.uncompressed ?? 0),
          nulls: this.#detail === NONE ? undefined : packed.count(),
          bounds:
            this.#keepsBounds(of) && packed.count() === 1
              ? { min: packed.bytes(), max: packed.bytes() }
              : undefined,
        };
      });
      this.#groups.push({ rows, chunks });
    }
  }
}
