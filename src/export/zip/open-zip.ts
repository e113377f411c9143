/** @module A ZIP archive of any files, made in the `run` of a generator. */

import type { Json } from "../../download/json.ts";
import type { Generation } from "../../generator/generator.ts";
import type { CompressionLevel } from "./deflated-blocks.ts";
import { SAVE_DISTANCE, type SaveDistance, SavePoints } from "./save-points.ts";
import { type ZipState, ZipWriter } from "./zip-writer.ts";

/** What the generator's checkpoints hold: where the archive is, and what the file at hand saved last. */
export type ZipFilesState<FileState extends Json = Json> = { zip: ZipState; file: FileState | null };

export interface ZipFilesOptions {
  /** The time that files bear which say none; default when the download was asked for. The same for every attempt. */
  changedAt?: Date;
  /** @internal Bytes from one save within a file to the next. */
  saveDistance?: SaveDistance;
}

export interface ZipFileOptions {
  changedAt?: Date;
  /** 1 is fastest, 9 smallest; default 6. 0 keeps the bytes as they are: for pictures, PDF and whatever is compressed already. */
  level?: CompressionLevel;
}

/** What the maker of one file is given. */
export interface ZipFile<FileState extends Json = Json> {
  /** Of the last checkpoint within this file, or undefined when it begins: what was written up to there is kept. */
  readonly resume: FileState | undefined;
  /** Adds bytes to the file; text as UTF-8. Wait for it. */
  write(chunk: Uint8Array | string): Promise<void>;
  /** As in a generator, within this file. Taken when a few hundred kilobytes or more have come since the last one. */
  checkpoint(state: FileState): Promise<void>;
}

export interface ZipFiles<FileState extends Json = Json> {
  /**
   * Adds a file, and offers a checkpoint after it. In an attempt that goes on, files that the archive holds are skipped
   * without a call of `make`, and the one that was begun goes on: ask for the same files in the same order. Folders in
   * the name are divided by "/". Throws a `TypeError` for a name that is taken or can't be one, and when another file
   * was begun.
   */
  file(
    name: string,
    make: (file: ZipFile<FileState>) => Promise<void> | void,
    options?: ZipFileOptions,
  ): Promise<void>;
  /** Completes the archive. */
  end(): Promise<void>;
}

/**
 * Begins the archive, or goes on with it. Calls don't overlap. What a checkpoint must hold grows with the number of
 * files, by some 20 bytes each: beyond about 10,000 files none is saved any more (the log says so), and an attempt that
 * goes on begins again where one was.
 */
export function openZip<FileState extends Json = Json>(
  generation: Pick<
    Generation<unknown, ZipFilesState<FileState>>,
    "write" | "checkpoint" | "resume" | "requestedAt"
  >,
  {
    changedAt: changedAtByDefault = generation.requestedAt,
    saveDistance = SAVE_DISTANCE,
  }: ZipFilesOptions = {},
): ZipFiles<FileState> {
  const { resume } = generation;
  const archive = new ZipWriter({ write: (bytes) => generation.write(bytes) }, resume?.zip);
  const points = new SavePoints(saveDistance, archive.size);
  const complete = new Set(archive.names());
  const asked = new Set<string>();

  async function save(file: FileState | null): Promise<void> {
    await generation.checkpoint({ zip: await archive.save(), file });
  }

  return {
    async file(name, make, { changedAt = changedAtByDefault, level = 6 } = {}) {
      if (asked.has(name)) throw new TypeError(`the archive has a file ${JSON.stringify(name)} already`);
      asked.add(name);
      if (complete.has(name)) return;
      const begun = archive.openName;
      if (begun !== null && begun !== name) {
        throw new TypeError(
          `the archive goes on in ${JSON.stringify(begun)}: ask for the same files in the same order, not for ${JSON.stringify(name)} first`,
        );
      }
      if (begun === null) await archive.begin(name, { changedAt, level });
      await make({
        resume: begun === null ? undefined : (resume?.file ?? undefined),
        write: (chunk) => archive.write(chunk),
        async checkpoint(state) {
          if (points.take(archive.size)) await save(state);
        },
      });
      await archive.endEntry();
      points.mark(archive.size);
      await save(null);
    },
    end: () => archive.end(),
  };
}
