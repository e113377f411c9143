/** @module Parts as files in a folder that the processes of one machine share. */

import { type FileHandle, mkdir, open, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { systemClock } from "../../clock/system.ts";
import { CarryoutError, isCarryoutError, messageOf } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { checkKey, checkPrefix } from "../../ports/file-key.ts";
import { bytesToRead, missingPart } from "../../ports/file-range.ts";
import type { ByteRange, FileStore, FileTrouble } from "../../ports/file-store.ts";
import type { Log } from "../../telemetry/log.ts";
import { codeOf, isMissing, translated } from "./disk-errors.ts";
import { clear, filesIn, syncFolders, temporaryIn } from "./disk-folders.ts";
import { DEFAULT_RESERVE_BYTES, DiskRoom } from "./disk-room.ts";
import { DiskRoot } from "./disk-root.ts";
import { makePrivateFolder, PRIVATE_FILE, PRIVATE_FOLDER } from "./private-folder.ts";

export interface DiskFileStoreOptions {
  /** The folder; created if missing. It holds nothing else. */
  root: string;
  /**
   * What a power cut can lose: with "normal" (default) parts of the last seconds, with "full" nothing, at the price
   * of waiting for the disk in every `put`. Killing a process loses nothing in either mode.
   */
  synchronous?: "normal" | "full" | undefined;
  /**
   * Disk space in bytes that parts leave free; on a small disk at most a tenth of it. Default 64 MiB. Records on the
   * same disk need it, above all to record removals.
   */
  reserveBytes?: number | undefined;
  /** Why the folder no longer belongs to this node, or null: called before each use. */
  refusal?: (() => string | null) | undefined;
  clock?: Pick<Clock, "monotonic"> | undefined;
  log?: Log | undefined;
}

/** Large enough for the disk's full speed, small enough for thousands of readers. */
const CHUNK_BYTES = 256 * 1024;
/** How often a folder may be removed during a `put` before that counts as an error. */
const MOST_TRIES = 10;

/**
 * Opens a store over the folder, which it makes inaccessible to other users. Fails with `store-unusable` if it can't be
 * created or written, or belongs to another user.
 */
export async function openDiskFileStore(options: DiskFileStoreOptions): Promise<DiskFileStore> {
  const root = resolve(options.root);
  try {
    await makePrivateFolder(root, { mayBeLink: true, log: options.log });
    const probe = temporaryIn(root);
    await writeFile(probe, "", { flag: "wx" });
    await unlink(probe);
    return new DiskFileStore(await DiskRoot.open(root, options.refusal), options);
  } catch (error) {
    if (isCarryoutError(error)) throw error;
    throw new CarryoutError("store-unusable", `${root} can't be used for files: ${messageOf(error)}`, {
      details: { path: root },
      cause: error,
    });
  }
}

/**
 * A part is the file with that path below the root, so no key can be the folder of another. A crash in the middle of
 * `put` leaves an invisible temporary file; `remove` of its folder deletes it as well, and `list` after an hour.
 * Made by `openDiskFileStore`.
 */
export class DiskFileStore implements FileStore {
  readonly #root: DiskRoot;
  readonly #durable: boolean;
  readonly #room: DiskRoom;
  /** Why the folder can't be used, as of the last check. */
  #lost: string | null = null;
  #isLooking = false;
  #closed = false;

  constructor(root: DiskRoot, options: Omit<DiskFileStoreOptions, "root">) {
    const { synchronous, reserveBytes = DEFAULT_RESERVE_BYTES, clock = systemClock } = options;
    this.#root = root;
    this.#durable = synchronous === "full";
    this.#room = new DiskRoom(root.path, reserveBytes, clock);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkKey(key);
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#root.check();
        await this.#room.take(bytes.byteLength);
        return await this.#putOnce(this.#pathOf(key), bytes);
      } catch (error) {
        // The folder does not exist yet, or was removed with the last of its other parts.
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
      throw isMissing(error) ? await this.#missing(key, error) : translated(error, "reading", key);
    }
  }

  async remove(prefix: string): Promise<void> {
    this.#checkOpen();
    checkPrefix(prefix);
    const { folder, start } = this.#split(prefix);
    try {
      await this.#root.check();
      await clear(folder, start, this.#root.path);
      this.#room.forget();
    } catch (error) {
      throw translated(error, "removing", prefix);
    }
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modifiedAt: number }, void, void> {
    this.#checkOpen();
    checkPrefix(prefix);
    const { folder, start } = this.#split(prefix);
    try {
      await this.#root.check();
      for await (const path of filesIn(folder, start)) {
        const found = await statUnlessRemoved(path);
        if (found === null) continue;
        const key = relative(this.#root.path, path).split(sep).join("/");
        yield { key, size: found.size, modifiedAt: found.mtimeMs };
      }
    } catch (error) {
      throw translated(error, "listing", prefix);
    }
  }

  trouble(): FileTrouble | null {
    void this.#look();
    if (this.#lost !== null) return { message: this.#lost, isFull: false };
    const shortage = this.#room.shortage();
    return shortage === null ? null : { message: shortage, isFull: true };
  }

  /** Operations in progress may finish. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  /** One check at a time, so that a hanging disk is not queried over and over. */
  async #look(): Promise<void> {
    if (this.#isLooking || this.#closed) return;
    this.#isLooking = true;
    try {
      await this.#root.check();
      await this.#room.look();
      this.#lost = null;
    } catch (error) {
      this.#lost = messageOf(translated(error, "looking at", ""));
    } finally {
      this.#isLooking = false;
    }
  }

  /** The error for a missing part, or an `UnavailableError` if the whole folder is missing. */
  async #missing(key: string, cause: unknown): Promise<unknown> {
    try {
      await this.#root.check();
      return missingPart(key, "is not there", cause);
    } catch (error) {
      return translated(error, "reading", key);
    }
  }

  /** Writes a temporary file and renames it, so that no reader ever sees half a part. */
  async #putOnce(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    const temporary = temporaryIn(folder);
    try {
      await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
      await writeFile(temporary, bytes, { flag: "wx", flush: this.#durable, mode: PRIVATE_FILE });
      await rename(temporary, path);
    } catch (error) {
      // If it can't be removed now, `list` will clean it up: the first error is the one that matters.
      await unlink(temporary).catch(() => {});
      throw error;
    }
    if (this.#durable) await syncFolders(folder, dirname(this.#root.path));
  }

  #pathOf(key: string): string {
    return join(this.#root.path, ...key.split("/"));
  }

  /** The folder that holds all parts with this prefix, and how their names in it begin. */
  #split(prefix: string): { folder: string; start: string } {
    const segments = prefix.split("/");
    const start = segments.pop() ?? "";
    return { folder: join(this.#root.path, ...segments), start };
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
    if (bytesRead === 0) throw missingPart(key, `was truncated at byte ${position} of ${found.size}`);
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
    `part ${key} can't be stored: another part uses its path as a folder`,
    {
      details: { key },
      cause: error,
    },
  );
}
