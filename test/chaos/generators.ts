/** @module The generators of a chaos run: files whose bytes are known, and some that fail. */

import { defineGenerator } from "../../src/generator/generator.ts";
import { lineOf, lines } from "../support/cluster-generators.ts";

export { lines, throwing, whole } from "../support/cluster-generators.ts";

/** Like `lines`, but sharing a process with others. */
export const linesInline = defineGenerator({
  ...lines,
  params: lines.params!,
  retentionMs: lines.retentionMs ?? 3_600_000,
  kind: "lines-inline",
  isolation: "inline",
});

const LINES_PER_WRITE = 500;

/** The same bytes as `lines`, but a few MB of them: `pace` is per 500 lines. */
export const bulk = defineGenerator({
  kind: "bulk",
  params: lines.params!,
  file: { name: "bulk.txt", type: "text/plain; charset=utf-8" },
  async run({ params, resume, write, progress, checkpoint, sleep }) {
    for (let first = Number(resume ?? 0); first < params.lines; first += LINES_PER_WRITE) {
      await sleep(params.pace);
      const end = Math.min(params.lines, first + LINES_PER_WRITE);
      let text = "";
      for (let index = first; index < end; index++) text += lineOf(params.seed, index);
      await write(text);
      progress(end, params.lines);
      await checkpoint(end);
    }
  },
});
