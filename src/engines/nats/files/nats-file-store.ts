/** @module Parts as chunks in a JetStream stream of their own. */

import { jetstreamManager } from "@nats-io/jetstream";
import { isCarryoutError, isFull, messageOf } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { checkKey, checkPrefix } from "../../../ports/file-key.ts";
import { bytesToRead, missingPart } from "../../../ports/file-range.ts";
import type { ByteRange, FileStore, FileTrouble } from "../../../ports/file-store.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { filesStream, filesSubjects } from "../jetstream/layout.ts";
import { NatsStream, openNatsStream } from "../jetstream/stream.ts";
import { Chunks, chunkSizeFor } from "./chunks.ts";
import { fullReason } from "./file-errors.ts";
import { FilePatience } from "./file-patience.ts";
import { newVersion, PartSubjects, parseVersion } from "./file-subjects.ts";
import { type Manifest, Manifests, SMALL_BYTES } from "./manifests.ts";
import { readAhead } from "./reading.ts";

export interface NatsFileStoreOptions {
  /** A dedicated connection, so that files don't delay records. It is closed with the store. */
  link: NatsLink;
  /** The name of the cluster, whose streams exist: see `prepareStreams`. */
  name: string;
  clock: Clock;
  log: Log;
}

/** For a chunk over a slow link, or for a purge; an election leaves time for a few. */
const LARGE_TIMEOUT_MS = 3_000;
/** Waiting parts are retried more often than this, so by then it is known whether there is space again. */
const FULL_MS = 5_000;
/** For a connection that is lost while the store is opened: the servers' default limit. */
const USUAL_MAX_PAYLOAD = 1024 * 1024;
/** Number of manifests read at the same time. */
const AT_ONCE = 16;

export async function openNatsFileStore(options: NatsFileStoreOptions): Promise<FileStore> {
  const { link, name } = options;
  const stream = await openNatsStream(link, filesStream(name));
  const manager = await jetstreamManager(link.nats, { timeout: LARGE_TIMEOUT_MS, checkAPI: false });
  return new NatsFileStore(options, stream, new NatsStream(link, filesStream(name), manager));
}

/**
 * A part is its manifest, written last, and the chunks of the version that it names; a small part is in its manifest.
 * Calls wait for up to 10 s for servers that elect a leader, 3 s while the connection is lost. Reading an overwritten or
 * removed part fails at once with `missing-part`; so does reading a part whose `remove` and `put` ran at the same time.
 *
 * A `put` that is interrupted or fails leaves chunks: `list` names their key with the time when that `put` began, and
 * `remove` deletes them. A `put` that failed with `UnavailableError` may still succeed later; so may a `remove`, even
 * after another `put` of that key: only remove keys that are not used again.
 *
 * Memory: a reader keeps up to 2 MiB, a `put` up to 8 chunks beside its bytes. On a slow link one chunk is on its way
 * at a time; below about 500 kB/s the connection is considered broken. Made by `openNatsFileStore`.
 */
class NatsFileStore implements FileStore {
  readonly #options: NatsFileStoreOptions;
  /** Allows more time for answers that are large or take the server longer. */
  readonly #patientStream: NatsStream;
  readonly #subjects: PartSubjects;
  readonly #patience: FilePatience;
  readonly #manifests: Manifests;
  readonly #chunks: Chunks;
  #full: { message: string; at: number } | null = null;
  /** The server reports it at each connection. */
  #maxPayload: number;

  constructor(options: NatsFileStoreOptions, stream: NatsStream, patientStream: NatsStream) {
    const { link, name, clock } = options;
    this.#options = options;
    this.#maxPayload = link.nats.info?.max_payload ?? USUAL_MAX_PAYLOAD;
    this.#patientStream = patientStream;
    this.#subjects = new PartSubjects(filesSubjects(name));
    this.#patience = new FilePatience(link, clock);
    this.#manifests = new Manifests(stream, this.#subjects, this.#patience, clock);
    this.#chunks = new Chunks(patientStream, this.#subjects, this.#patience, clock);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#patience.checkOpen();
    checkKey(key);
    try {
      await this.#put(key, bytes);
      this.#full = null;
    } catch (error) {
      if (isFull(error)) this.#full = { message: messageOf(error), at: this.#options.clock.monotonic() };
      throw error;
    }
  }

  /** NATS reports that it is full when something is stored. Then nothing more is accepted for a while. */
  trouble(): FileTrouble | null {
    if (this.#full === null || this.#options.clock.monotonic() - this.#full.at >= FULL_MS) return null;
    return { message: this.#full.message, isFull: true };
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    const { clock, link } = this.#options;
    this.#maxPayload = link.nats.info?.max_payload ?? this.#maxPayload;
    for (;;) {
      const { id: version, size } = newVersion(clock.now(), bytes.length, clock.id());
      const chunkSize = chunkSizeFor(this.#maxPayload);
      const isSmall = size <= Math.min(SMALL_BYTES, chunkSize);
      const manifest: Manifest = isSmall
        ? { version, size, chunkSize: 0, bytes }
        : { version, size, chunkSize };
      if (!isSmall) await this.#storeChunks(key, manifest, bytes);
      const replaced = await this.#manifests.write(key, manifest);
      if (replaced === null) return;
      // A superseded version may no longer be the content of the part, or may never have been.
      await this.#discard(key, replaced === "superseded" ? manifest : replaced);
      if (replaced !== "superseded") return;
    }
  }

  async *get(key: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    this.#patience.checkOpen();
    checkKey(key);
    let version: string | null = null;
    for (;;) {
      const manifest = await this.#manifests.read(key);
      if (manifest === null || manifest.version === version) throw missingPart(key, "is not there");
      version = manifest.version;
      const { start, length } = bytesToRead(key, manifest.size, range);
      if (manifest.bytes !== undefined) {
        this.#patience.checkOpen();
        if (length > 0) yield manifest.bytes.subarray(start, start + length);
        return;
      }
      const span = { start, length, chunkSize: manifest.chunkSize };
      let given = false;
      try {
        for await (const piece of readAhead(span, (number) => this.#chunks.fetch(key, manifest, number))) {
          this.#patience.checkOpen();
          given = true;
          yield piece;
        }
        return;
      } catch (error) {
        // Overwritten since: a reader that has received nothing yet can read the new content.
        if (given || !isMissingPart(error)) throw error;
      }
    }
  }

  async remove(prefix: string): Promise<void> {
    this.#patience.checkOpen();
    checkPrefix(prefix);
    if (folderOf(prefix) === prefix) return await this.#purge(prefix, this.#subjects.folder(prefix));
    const { chunks, manifests } = await this.#keys(prefix);
    for (const key of new Set([...chunks.keys(), ...manifests.keys()]))
      await this.#purge(key, this.#subjects.part(key));
  }

  /** As the leader has it. Includes keys that have only chunks, from a `put` in progress or interrupted. */
  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modifiedAt: number }, void, void> {
    this.#patience.checkOpen();
    checkPrefix(prefix);
    const { chunks, manifests } = await this.#keys(prefix);
    const unclear = new Set(manifests.keys());
    for (const [key, versions] of chunks) {
      const { size, modifiedAt } = parseVersion(versions.at(-1)!);
      const isOnly = versions.length === 1 && size > SMALL_BYTES;
      if (manifests.has(key) && !isOnly) continue;
      unclear.delete(key);
      yield { key, size, modifiedAt };
    }
    // Small, of several versions, or put just now: only the manifest knows.
    const keys = [...unclear];
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      const some = keys.slice(at, at + AT_ONCE);
      const found = await Promise.all(some.map((key) => this.#manifests.read(key)));
      for (const [index, manifest] of found.entries()) {
        if (manifest === null) continue;
        const { modifiedAt } = parseVersion(manifest.version);
        yield { key: some[index]!, size: manifest.size, modifiedAt };
      }
    }
  }

  async close(): Promise<void> {
    this.#patience.close();
    await this.#options.link.close();
  }

  async #storeChunks(key: string, manifest: Manifest, bytes: Uint8Array): Promise<void> {
    try {
      await this.#chunks.store(key, manifest, bytes);
    } catch (error) {
      // When space is short, half a part must not use up the rest.
      if (isCarryoutError(error) && fullReason(error.cause) !== null) await this.#discard(key, manifest);
      throw error;
    }
  }

  /** Removes a version that can't be read any more. Leftovers are removed with the part. */
  async #discard(key: string, { version, bytes }: Manifest): Promise<void> {
    if (bytes !== undefined) return;
    try {
      await this.#purge(key, this.#subjects.version(key, version));
    } catch (error) {
      const reason = messageOf(error);
      this.#options.log.warn({ key, reason }, "unneeded chunks remain until their part is removed");
    }
  }

  async #purge(what: string, filter: string): Promise<void> {
    await this.#patience.run(`removing ${what || "all parts"}`, () => this.#patientStream.purge(filter));
  }

  /** In this order: a part that is put meanwhile appears among the manifests, and none lacks its chunk. */
  async #keys(prefix: string): Promise<Record<"chunks" | "manifests", Map<string, string[]>>> {
    const folder = folderOf(prefix);
    const chunks = await this.#keysMatching(prefix, this.#subjects.firstChunksIn(folder));
    const manifests = await this.#keysMatching(prefix, this.#subjects.manifestsIn(folder));
    return { chunks, manifests };
  }

  /** Keys with the prefix, and the versions of the chunks that match. */
  async #keysMatching(prefix: string, filter: string): Promise<Map<string, string[]>> {
    const ask = () => this.#patientStream.info(filter);
    const info = await this.#patience.run(`listing ${prefix || "all parts"}`, ask);
    const keys = new Map<string, string[]>();
    for (const subject of Object.keys(info.state.subjects ?? {})) {
      const { key, version } = this.#subjects.parse(subject);
      if (key.startsWith(prefix)) keys.set(key, [...(keys.get(key) ?? []), version]);
    }
    return keys;
  }
}

/** The part of a prefix up to its last "/": all of it, when the prefix is a folder. */
function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf("/") + 1);
}

function isMissingPart(error: unknown): boolean {
  return isCarryoutError(error, "missing-part");
}
