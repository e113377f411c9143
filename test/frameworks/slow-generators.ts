/** @module In place of `examples/embed/generators.ts`: the same kind, slow enough to be watched. */

import { defineGenerator, type Generation } from "carryout";

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
