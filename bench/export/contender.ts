/** @module What is compared: something that writes rows into a file. */

import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";

export interface BenchJob {
  readonly rows: number;
  /** An empty folder of its own. */
  readonly folder: string;
}

export interface Made {
  readonly bytes: number;
  /** Of those that can go on after a crash. */
  readonly checkpoints?: number;
}

/** Loads its library; memory counts from there. */
export type Contender = () => Promise<(job: BenchJob) => Promise<Made>>;

/** A library that writes into a stream of bytes. */
export function intoFile(
  write: (file: Writable, rows: number) => Promise<void>,
): (job: BenchJob) => Promise<Made> {
  return async ({ rows, folder }) => {
    const path = join(folder, "file");
    const file = createWriteStream(path);
    await write(file, rows);
    await finished(file);
    return { bytes: (await stat(path)).size };
  };
}

/** A library that is a transform of rows into bytes: given each when it is ready for more. */
export async function through<Item>(
  items: Iterable<Item>,
  transform: NodeJS.ReadWriteStream,
  file: Writable,
): Promise<void> {
  const written = pipeline(transform, file);
  for (const item of items) {
    if (transform.write(item as string)) continue;
    await new Promise((resolve) => transform.once("drain", resolve));
  }
  transform.end();
  await written;
}
