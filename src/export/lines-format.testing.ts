/** @module A minimal format: rows as numbered JSON lines. */

import type { TableFormat } from "./format.ts";

export interface LinesOptions {
  passes?: number;
  /** Resumes at an even row, whatever was saved. */
  isForgetful?: boolean;
}

/** Saved after at least ten rows. */
export function lines({
  passes = 1,
  isForgetful = false,
}: LinesOptions = {}): TableFormat<"lines", { row: number; pass: number }> {
  return {
    name: "lines",
    extension: "txt",
    type: "text/plain",
    passes,
    open(_table, sink, warnings, state) {
      let { row, pass } = state ?? { row: 0, pass: 0 };
      let saved = row;
      if (isForgetful) row -= row % 2;
      return {
        async append(rows) {
          for (const cells of rows) {
            const text = cells.map((cell) => (typeof cell === "bigint" ? String(cell) : cell));
            await sink.write(`${pass} ${row++} ${JSON.stringify(text)}\n`);
            if (row % 500 === 0) warnings.add(`row ${row}`);
          }
        },
        async nextPass() {
          pass++;
        },
        async save() {
          if (row - saved < 10) return null;
          saved = row;
          return { row, pass };
        },
        async end() {
          await sink.write(`${warnings.count} warnings, the first: ${warnings.listed[0]}\n`);
        },
      };
    },
  };
}
