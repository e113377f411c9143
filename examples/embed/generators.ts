import { defineGenerator, type Generation } from "carryout";
import { defineExport } from "carryout/export";

/** A report of a thousand lines that resumes at its last checkpoint on any node. */
export const report = defineGenerator({
  kind: "report",
  file: { name: "report.csv", type: "text/csv; charset=utf-8" },
  async run({ resume, write, progress, checkpoint }: Generation<unknown, number>) {
    for (let line = resume ?? 0; line < 1000; line++) {
      await write(`${line},${line ** 2}\r\n`);
      progress(line + 1, 1000);
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
