/**
 * @module Our formats as a node runs them: a run of a generator, its parts put into a file store on disk, and a checkpoint
 * written to a file every second.
 */

import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/clock/system.ts";
import { defineExport } from "../../src/export/define-export.ts";
import type { TableFormat } from "../../src/export/format.ts";
import { type FormatName, formatOf } from "../../src/export/formats.ts";
import { openDiskFileStore } from "../../src/files/disk/disk-file-store.ts";
import type { Host } from "../../src/generator/executor.ts";
import { loadFileHash } from "../../src/generator/file-hash.ts";
import { generate } from "../../src/generator/generation.ts";
import type { Generator } from "../../src/generator/generator.ts";
import { validateParams } from "../../src/generator/parameters.ts";
import type { Contender } from "./contender.ts";
import { benchRow, COLUMNS } from "./rows.ts";

const BATCH = 1_000;
const CHECKPOINT_MS = 1_000;

export function carryout(given: FormatName | TableFormat): Contender {
  const format = formatOf(given);
  return async () => {
    await loadFileHash();
    return async ({ rows, folder }) => {
      const store = await openDiskFileStore({ root: join(folder, "files") });
      const state = join(folder, "state.json");
      let parts = 0;
      let checkpoints = 0;
      const host: Host = {
        part: (bytes) => store.put(`bench/1/${parts++}`, bytes),
        async checkpoint(saved, size, hash) {
          await writeFile(`${state}.new`, JSON.stringify({ state: saved, size, hash }));
          await rename(`${state}.new`, state);
          checkpoints += 1;
        },
        progress() {},
        alive() {},
        stateTooLarge: (size) => {
          throw new Error(`a state of ${size} bytes`);
        },
        allSaved() {},
      };
      const generator = generatorOf(format, rows);
      const params = await validateParams(generator, {});
      const job = { downloadId: "bench", kind: generator.kind, params, requestedAt: 0, resume: null };
      const { size } = await generate(generator, job, host, systemClock).done;
      await store.close();
      return { bytes: size, checkpoints };
    };
  };
}

function generatorOf(format: TableFormat, count: number): Generator<unknown> {
  const generators = defineExport({
    kind: "orders",
    title: "Orders",
    columns: COLUMNS,
    formats: [format],
    checkpointMs: CHECKPOINT_MS,
    count: () => count,
    *rows({ after = 0 }: { after: number | undefined }) {
      for (let start = after; start < count; start += BATCH) {
        const length = Math.min(BATCH, count - start);
        yield { rows: Array.from({ length }, (_, at) => benchRow(start + at + 1)), cursor: start + length };
      }
    },
  });
  return Object.values(generators)[0] as Generator<unknown>;
}
