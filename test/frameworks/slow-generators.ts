/** @module In place of `examples/embed/generators.ts`: the same kinds, slow enough to be watched. */

import { defineGenerator, type Generation } from "carryout";
import { defineExport } from "carryout/export";

export const report = defineGenerator({
  kind: "report",
  file: { name: "report.csv", type: "text/csv; charset=utf-8" },
  async run({ resume, write, progress, checkpoint, sleep }: Generation<unknown, number>) {
    for (let line = resume ?? 0; line < 200; line++) {
      await sleep(15);
      await write(`${line},${line ** 2}\r\n`);
      progress(line + 1, 200);
      await checkpoint(line + 1);
    }
  },
});

/** An export: the user chooses format and columns. */
export const squares = defineExport({
  kind: "squares",
  title: "Squares",
  columns: [
    { key: "number", type: "integer" },
    { key: "square", type: "integer", optional: true },
  ],
  formats: ["csv", "ndjson"],
  rows: () =>
    Array.from({ length: 3 }, (_, number) => ({ rows: [{ number, square: number ** 2 }], cursor: number })),
});
