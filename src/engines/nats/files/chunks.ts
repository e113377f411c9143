/** @module The chunks of a part's versions: stored and fetched a few at a time, never changed. */

import { CarryoutError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { missingPart } from "../../../ports/file-range.ts";
import type { NatsStream } from "../jetstream/stream.ts";
import { lastForCertain } from "./absence.ts";
import type { FilePatience } from "./file-patience.ts";
import type { PartSubjects } from "./file-subjects.ts";
import type { Manifest } from "./manifests.ts";
import { Window } from "./window.ts";

/** Few messages for a large part, little memory for a reader. */
const CHUNK_BYTES = 512 * 1024;
/** A server's limit counts headers and payload. */
const HEADER_BYTES = 1_024;
/** Of one `put`. */
const MOST_AT_ONCE = 8;
/** Time to send a chunk to the server over a slow link and get an acknowledgement. */
const PUBLISH_TIMEOUT_MS = 10_000;

/** The chunk size for a server that accepts messages of at most this many bytes. */
export function chunkSizeFor(maxPayload: number): number {
  return Math.min(CHUNK_BYTES, maxPayload - HEADER_BYTES);
}

export class Chunks {
  readonly #stream: NatsStream;
  readonly #subjects: PartSubjects;
  readonly #patience: FilePatience;
  readonly #outgoing: Window;
  readonly #incoming: Window;

  constructor(stream: NatsStream, subjects: PartSubjects, patience: FilePatience, clock: Clock) {
    this.#stream = stream;
    this.#subjects = subjects;
    this.#patience = patience;
    this.#outgoing = new Window(clock);
    this.#incoming = new Window(clock);
  }

  /** Stores all chunks. When one fails, no more are started, and stored ones stay. */
  async store(key: string, { version, chunkSize }: Manifest, bytes: Uint8Array): Promise<void> {
    const count = Math.max(1, Math.ceil(bytes.length / chunkSize));
    const store = (number: number) => {
      const subject = this.#subjects.chunk(key, version, number);
      const chunk = bytes.subarray(number * chunkSize, (number + 1) * chunkSize);
      const publish = () =>
        this.#patience.onceSent(this.#stream.publish(subject, chunk, { timeoutMs: PUBLISH_TIMEOUT_MS }));
      return this.#patience.run(`storing part ${key}`, publish, this.#outgoing);
    };
    await store(0); // anything interrupted from here on can be found by its first chunk
    let next = 1;
    const work = async () => {
      try {
        while (next < count) await store(next++);
      } catch (error) {
        next = count;
        throw error;
      }
    };
    // The caller may reuse the bytes once no chunk is in flight.
    const done = await Promise.allSettled(Array.from({ length: Math.min(MOST_AT_ONCE, count - 1) }, work));
    for (const result of done) if (result.status === "rejected") throw result.reason;
  }

  /** A copy of a chunk. Fails with `missing-part` when the leader says that it does not exist. */
  async fetch(key: string, { version, size, chunkSize }: Manifest, number: number): Promise<Uint8Array> {
    const subject = this.#subjects.chunk(key, version, number);
    const look = async () =>
      (await this.#stream.lastAnywhere(subject)) ??
      (await lastForCertain(this.#stream, this.#subjects, subject));
    const found = await this.#patience.run(`reading part ${key}`, look, this.#incoming);
    if (found === null) throw missingPart(key, "was removed or overwritten while being read");
    if (found.data.length !== Math.min(chunkSize, size - number * chunkSize)) {
      throw new CarryoutError("store-corrupt", `chunk ${number} of part ${key} has the wrong length`, {
        details: { key },
      });
    }
    // The library's buffer is up to twice as large as what it holds.
    return new Uint8Array(found.data);
  }
}
