/** @module Parts as files in a folder that the processes of one machine share. */

import { type FileHandle, mkdir, open, rename, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { systemClock } from "../../clock/system.ts";
import { CarryoutError, isCarryoutError, messageOf } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { claimPlace } from "../../ports/cluster-note.ts";
import { checkKey, checkPrefix } from "../../ports/file-key.ts";
import { bytesToRead, missingPart } from "../../ports/file-range.ts";
import type { ByteRange, ClusterIdentity, FileStore, FileTrouble } from "../../ports/file-store.ts";
import type { Log } from "../../telemetry/log.ts";
import { codeOf, isMissing, quietly, translated } from "./disk-errors.ts";
import { type PartFile, syncFolders, temporaryIn } from "./disk-folders.ts";
import { filesOf, olderLayoutOf, pathOfKey } from "./disk-layout.ts";
import { noteIn } from "./disk-note.ts";
import type { OlderLayout } from "./disk-older-layout.ts";
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
  /** Whether several clusters could be given it by mistake: then it notes whose it is. Default false. */
  isShared?: boolean | undefined;
  /** Why the folder no longer belongs to this node, or null: called before each use. */
  refusal?: (() => string | null) | undefined;
  clock?: Pick<Clock, "monotonic" | "now"> | undefined;
  log?: Log | undefined;
}

/** Large enough for the disk's full speed, small enough for thousands of readers. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Opens a store over the folder, which it makes inaccessible to other users. Parts of the older layout stay where they
 * are. Fails with `store-unusable` if the folder can't be created or written, belongs to another user, or has a newer
 * layout.
 */
export async function openDiskFileStore(options: DiskFileStoreOptions): Promise<DiskFileStore> {
  const root = resolve(options.root);
  try {
    await makePrivateFolder(root, { mayBeLink: true, log: options.log });
    const older = await olderLayoutOf(root);
    const probe = temporaryIn(root);
    await writeFile(probe, "", { flag: "wx" });
    await unlink(probe);
    return new DiskFileStore(await DiskRoot.open(root, options.refusal), older, options);
  } catch (error) {
    if (isCarryoutError(error)) throw error;
    throw new CarryoutError("store-unusable", `${root} can't be used for files: ${messageOf(error)}`, {
      details: { path: root },
      cause: error,
    });
  }
}

/**
 * A part is a file, see `disk-layout.ts`. A crash in the middle of `put` leaves an invisible temporary file, which `list`
 * deletes after an hour. `remove` and `list` of a prefix with a whole first segment read one folder, those of another
 * prefix all. Made by `openDiskFileStore`.
 */
export class DiskFileStore implements FileStore {
  readonly #root: DiskRoot;
  /** Parts that the previous version stored, if there are any: none are added to them. */
  readonly #older: OlderLayout | null;
  readonly #durable: boolean;
  readonly #isShared: boolean;
  readonly #clock: Pick<Clock, "now">;
  readonly #room: DiskRoom;
  /** Why the folder can't be used, as of the last check. */
  #lost: string | null = null;
  #isLooking = false;
  /** Folders whose own names are durable: they stay, so each is synced once. */
  readonly #synced = new Set<string>();
  #closed = false;

  constructor(root: DiskRoot, older: OlderLayout | null, options: Omit<DiskFileStoreOptions, "root">) {
    const {
      synchronous,
      reserveBytes = DEFAULT_RESERVE_BYTES,
      isShared = false,
      clock = systemClock,
    } = options;
    this.#isShared = isShared;
    this.#clock = clock;
    this.#root = root;
    this.#older = older;
    this.#durable = synchronous === "full";
    this.#room = new DiskRoom(root.path, reserveBytes, clock);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkKey(key);
    try {
      await this.#root.check();
      await this.#room.take(bytes.byteLength);
      await this.#put(pathOfKey(this.#root.path, key), bytes);
      await this.#older?.remove(this.#older.pathOf(key));
    } catch (error) {
      throw translated(error, "storing", key);
    }
  }

  async *get(key: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    this.#checkOpen();
    checkKey(key);
    try {
      const file = await this.#open(key);
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
    try {
      await this.#root.check();
      for await (const { path } of filesOf(this.#root.path, prefix)) await quietly(unlink(path), isMissing);
      if (this.#older !== null)
        for await (const { path } of this.#older.files(prefix)) await this.#older.remove(path);
      this.#room.forget();
    } catch (error) {
      throw translated(error, "removing", prefix);
    }
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modifiedAt: number }, void, void> {
    this.#checkOpen();
    checkPrefix(prefix);
    try {
      await this.#root.check();
      for await (const { path, key } of this.#files(prefix)) {
        const found = await statUnlessRemoved(path);
        if (found === null) continue;
        yield { key, size: found.size, modifiedAt: found.mtimeMs };
      }
    } catch (error) {
      throw translated(error, "listing", prefix);
    }
  }

  async claim(cluster: ClusterIdentity): Promise<void> {
    if (!this.#isShared) return;
    const { path } = this.#root;
    try {
      await claimPlace(noteIn(path), cluster, this.#clock);
    } catch (error) {
      throw translated(error, "claiming", path);
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

  async #put(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path);
    try {
      await this.#putOnce(path, bytes);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
      this.#synced.delete(folder);
      await this.#putOnce(path, bytes);
    }
    if (!this.#durable) return;
    await syncFolders(folder, this.#synced.has(folder) ? folder : dirname(this.#root.path));
    this.#synced.add(folder);
  }

  /** Writes a temporary file and renames it, so that no reader ever sees half a part. */
  async #putOnce(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = temporaryIn(dirname(path));
    try {
      await writeFile(temporary, bytes, { flag: "wx", flush: this.#durable, mode: PRIVATE_FILE });
      await rename(temporary, path);
    } catch (error) {
      // If it can't be removed now, `list` will clean it up: the first error is the one that matters.
      await unlink(temporary).catch(() => {});
      throw error;
    }
  }

  async #open(key: string): Promise<FileHandle> {
    try {
      return await open(pathOfKey(this.#root.path, key), "r");
    } catch (error) {
      if (this.#older === null || !isMissing(error)) throw error;
      return await open(this.#older.pathOf(key), "r");
    }
  }

  async *#files(prefix: string): AsyncGenerator<PartFile, void, void> {
    yield* filesOf(this.#root.path, prefix);
    if (this.#older !== null) yield* this.#older.files(prefix);
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
    const found = await stat(path);
    return found.isFile() ? found : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
