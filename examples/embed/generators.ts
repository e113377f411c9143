import { defineGenerator, type Generation } from "carryout";

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
