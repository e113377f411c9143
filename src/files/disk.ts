/** @module Parts as files in a folder that the processes of one machine share. */

import { type FileHandle, mkdir, open, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { CarryoutError, messageOf } from "../errors.ts";
import { codeOf, isMissing, translated } from "./disk-errors.ts";
import { clear, filesIn, syncFolders, temporaryIn } from "./disk-folders.ts";
import type { ByteRange, FileStore } from "./file-store.ts";
import { checkKey, checkPrefix } from "./key.ts";
import { bytesToRead, missingPart } from "./range.ts";

export interface DiskFileStoreOptions {
  /** The folder; made when it is not there. It holds nothing else. */
  root: string;
  /**
   * What a power cut can take: with "normal" (default) parts of the last seconds, with "full" nothing, at the price
   * of waiting for the disk in every `put`. A process that is killed loses nothing in either.
   */
  synchronous?: "normal" | "full" | undefined;
}

/** Large enough for the disk's full speed, small enough for thousands of readers. */
const CHUNK_BYTES = 256 * 1024;
/** Times that a folder may be removed under a `put` before it is taken for more than a coincidence. */
const MOST_TRIES = 10;

/** Opens a store over the folder. Fails with `store-unusable` when it can't be made or written. */
export async function openDiskFileStore(options: DiskFileStoreOptions): Promise<DiskFileStore> {
  const root = resolve(options.root);
  try {
    await mkdir(root, { recursive: true });
    const probe = temporaryIn(root);
    await writeFile(probe, "", { flag: "wx" });
    await unlink(probe);
  } catch (error) {
    throw new CarryoutError("store-unusable", `${root} can't be used for files: ${messageOf(error)}`, {
      details: { path: root },
      cause: error,
    });
  }
  return new DiskFileStore(root, options.synchronous === "full");
}

/**
 * A part is the file of that path below the root, so no key can be the folder of another. A crash in the middle of
 * `put` leaves a temporary file that nobody sees; `remove` of its folder takes it along, `list` after an hour.
 * Made by `openDiskFileStore`.
 */
export class DiskFileStore implements FileStore {
  readonly #root: string;
  readonly #durable: boolean;
  #closed = false;

  constructor(root: string, durable: boolean) {
    this.#root = root;
    this.#durable = durable;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkKey(key);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#putOnce(this.#pathOf(key), bytes);
      } catch (error) {
        // The folder is not there yet, or was removed with the last of its other parts.
        if (codeOf(error) !== "ENOENT" || tries === MOST_TRIES) throw puttingError(error, key);
      }
    }
  }

  async *get(key: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    this.#checkOpen();
    checkKey(key);
    try {
      const file = await open(this.#pathOf(key), "r");
      try {
        yield* chunksOf(file, key, range);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw isMissing(error) ? missingPart(key, "is not there", error) : translated(error, "reading", key);
    }
  }

  async remove(prefix: string): Promise<void> {
    this.#checkOpen();
    checkPrefix(prefix);
    const { folder, start } = this.#split(prefix);
    try {
      await clear(folder, start, this.#root);
    } catch (error) {
      throw translated(error, "removing", prefix);
    }
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modifiedAt: number }, void, void> {
    this.#checkOpen();
    checkPrefix(prefix);
    const { folder, start } = this.#split(prefix);
    try {
      for await (const path of filesIn(folder, start)) {
        const found = await statUnlessRemoved(path);
        if (found === null) continue;
        const key = relative(this.#root, path).split(sep).join("/");
        yield { key, size: found.size, modifiedAt: found.mtimeMs };
      }
    } catch (error) {
      throw translated(error, "listing", prefix);
    }
  }

  /** Whatever is under way may finish. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Writes beside the place and moves there, so that no one ever sees half a part. */
  async #putOnce(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    const temporary = temporaryIn(folder);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, bytes, { flag: "wx", flush: this.#durable });
      await rename(temporary, path);
    } catch (error) {
      // What can't be removed now is a leftover for `list`: the first error is the one that matters.
      await unlink(temporary).catch(() => {});
      throw error;
    }
    if (this.#durable) await syncFolders(folder, dirname(this.#root));
  }

  #pathOf(key: string): string {
    return join(this.#root, ...key.split("/"));
  }

  /** The folder that holds all with this prefix, and how their names in it begin. */
  #split(prefix: string): { folder: string; start: string } {
    const segments = prefix.split("/");
    const start = segments.pop() ?? "";
    return { folder: join(this.#root, ...segments), start };
  }

  #checkOpen(): void {
    if (this.#closed) throw new CarryoutError("closed", "this file store is closed");
  }
}

async function* chunksOf(
  file: FileHandle,
  key: string,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  const found = await file.stat();
  if (!found.isFile()) throw missingPart(key, "is not there");
  const { start, length } = bytesToRead(key, found.size, range);
  const end = start + length;
  for (let position = start; position < end; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - position));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) throw missingPart(key, `was cut short at byte ${position} of ${found.size}`);
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function statUnlessRemoved(path: string): Promise<{ size: number; mtimeMs: number } | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function puttingError(error: unknown, key: string): unknown {
  const code = codeOf(error) ?? "";
  if (!["ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY"].includes(code)) return translated(error, "storing", key);
  return new CarryoutError(
    "invalid-request",
    `part ${key} can't be stored: another part has its place as a folder`,
    {
      details: { key },
      cause: error,
    },
  );
}
