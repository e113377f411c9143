/** @module A generator whose steps the test allows one at a time. */

import { defineGenerator, type GeneratorOptions } from "../generator/generator.ts";

type More = Pick<GeneratorOptions<undefined>, "revision" | "onRevisionChange" | "revisionWaitMs" | "state">;

/** Writes numbered lines that contain its revision, one per opened gate; can be resumed after any line. */
export function gated(kind = "gated", lines = 4, more: More = {}) {
  const mark = more.revision === undefined ? "" : ` of ${more.revision}`;
  const waiting: (() => void)[] = [];
  let open = 0;
  let starts = 0;
  const resumedAt: number[] = [];
  const generator = defineGenerator({
    kind,
    isolation: "inline",
    checkpointMs: 0,
    file: { name: "lines.txt", type: "text/plain" },
    ...more,
    async run({ resume, write, progress, checkpoint, signal }) {
      starts++;
      const first = Number(resume ?? 0);
      resumedAt.push(first);
      for (let line = first; line < lines; line++) {
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          if (open > 0) {
            open--;
            resolve();
          } else waiting.push(resolve);
        });
        await write(`line ${line}${mark}\n`);
        progress(line + 1, lines);
        await checkpoint(line + 1);
      }
    },
  });
  return {
    generator,
    get starts() {
      return starts;
    },
    resumedAt,
    pass(count = 1) {
      for (let i = 0; i < count; i++) {
        const next = waiting.shift();
        if (next) next();
        else open++;
      }
    },
  };
}
