/** @module A ZIP archive of any files, written in the `run` of a generator. */

import type { Json } from "../../download/json.ts";
import type { Generation } from "../../generator/generator.ts";
import type { CompressionLevel } from "./deflated-blocks.ts";
import { SAVE_DISTANCE, type SaveDistance, SavePoints } from "./save-points.ts";
import { type ZipState, ZipWriter } from "./zip-writer.ts";

/** The contents of the generator's checkpoints: the archive's state, and the last state of the current file. */
export type ZipFilesState<FileState extends Json = Json> = { zip: ZipState; file: FileState | null };

export interface ZipFilesOptions {
  /**
   * The modification time of files that have none of their own; default the time of the request. The same for every
   * attempt.
   */
  changedAt?: Date;
  /** @internal Bytes between two saves within a file. */
  saveDistance?: SaveDistance;
}

export interface ZipFileOptions {
  changedAt?: Date;
  /**
   * 1 is fastest, 9 smallest; default 6. 0 stores the bytes uncompressed: for pictures, PDF and other compressed data.
   */
  level?: CompressionLevel;
}

/** Passed to the function that makes one file. */
export interface ZipFile<FileState extends Json = Json> {
  /**
   * The state of the last checkpoint within this file, undefined at its start: everything written before it is kept.
   */
  readonly resume: FileState | undefined;
  /** Adds bytes to the file; text as UTF-8. Await it. */
  write(chunk: Uint8Array | string): Promise<void>;
  /**
   * As in a generator, within this file. Saved when at least a few hundred kilobytes were written since the last one.
   */
  checkpoint(state: FileState): Promise<void>;
}

export interface ZipFiles<FileState extends Json = Json> {
  /**
   * Adds a file, and offers a checkpoint after it. When an attempt resumes, files already in the archive are skipped
   * without calling `make`, and the unfinished one is resumed: add the same files in the same order. Folders in the
   * name are separated by "/". Throws a `TypeError` for a duplicate or invalid name, and when a different file is
   * unfinished.
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
 * Starts or resumes the archive. Calls must not overlap. Checkpoints grow with the number of files, by about 20 bytes
 * each: beyond about 10,000 files no more are saved (which is logged), and an attempt resumes from the last one that
 * was.
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
