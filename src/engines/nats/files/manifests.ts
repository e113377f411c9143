/** @module Manifests: the one message that makes a version the content of a part. It holds the bytes of small parts. */

import { CarryoutError, ENDED } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { isConflict, isPassing, type NatsStream, type StoredMessage } from "../jetstream/stream.ts";
import { lastForCertain } from "./absence.ts";
import type { FilePatience } from "./file-patience.ts";
import type { PartSubjects } from "./file-subjects.ts";

export interface Manifest {
  version: string;
  /** Bytes. */
  size: number;
  /** Bytes of each chunk but the last; 0 if there are none. */
  chunkSize: number;
  /** The content, if it is in the manifest. */
  bytes?: Uint8Array;
}

/** A part of up to so many bytes has no chunks: it goes in one message, and one request reads it. */
export const SMALL_BYTES = 16 * 1024;

const LINE_FEED = 0x0a;
/** A healthy leader answers in a millisecond: after this long a replica is asked as well. */
const LEADER_MS = 250;

export class Manifests {
  readonly #stream: NatsStream;
  readonly #subjects: PartSubjects;
  readonly #patience: FilePatience;
  readonly #clock: Clock;

  constructor(stream: NatsStream, subjects: PartSubjects, patience: FilePatience, clock: Clock) {
    this.#stream = stream;
    this.#subjects = subjects;
    this.#patience = patience;
    this.#clock = clock;
  }

  /**
   * The manifest as the leader has it; without a leader, as a replica has it. Only the leader can say that there is
   * none.
   */
  async read(key: string): Promise<Manifest | null> {
    const subject = this.#subjects.manifest(key);
    const found = await this.#patience.run(`reading part ${key}`, () => this.#readFromAny(subject));
    return found && parseManifest(key, found);
  }

  /**
   * Makes this version the content of the part. Returns the version it replaced, null for none, or "superseded" if
   * another `put` may already have replaced it and removed its chunks.
   */
  async write(key: string, manifest: Manifest): Promise<Manifest | null | "superseded"> {
    const subject = this.#subjects.manifest(key);
    const body = encodeManifest(manifest);
    let expected = 0;
    let replaced: Manifest | null = null;
    let mayBeDone = false;
    return await this.#patience.run(`storing part ${key}`, async () => {
      try {
        await this.#stream.publish(subject, body, { expected });
        return replaced;
      } catch (error) {
        if (!isConflict(error)) {
          mayBeDone = true;
          throw error;
        }
        const found = await this.#stream.last(subject);
        const stored = found && parseManifest(key, found);
        if (stored?.version === manifest.version) return replaced;
        if (found?.sequence !== expected && mayBeDone) return "superseded";
        expected = found?.sequence ?? 0;
        replaced = stored;
        throw error;
      }
    });
  }

  async #readFromAny(subject: string): Promise<StoredMessage | null> {
    const asked = lastForCertain(this.#stream, this.#subjects, subject);
    const answer = asked.then(
      (found) => ({ found }),
      (error: unknown) => ({ error }),
    );
    const answered = new AbortController();
    const late = this.#clock.sleep(LEADER_MS, answered.signal).then(() => null);
    const first = await Promise.race([answer, late]);
    answered.abort(ENDED);
    if (first && "found" in first) return first.found;
    if (first && !isPassing(first.error)) throw first.error;
    return (await this.#stream.lastAnywhere(subject)) ?? (await asked);
  }
}

/** As JSON; the bytes follow after a line feed, which JSON in one line does not have. */
function encodeManifest({ bytes, ...manifest }: Manifest): Uint8Array | string {
  const text = JSON.stringify(manifest);
  return bytes === undefined ? text : Buffer.concat([Buffer.from(`${text}\n`), bytes]);
}

function parseManifest(key: string, { data }: StoredMessage): Manifest {
  const textEnd = data.indexOf(LINE_FEED);
  try {
    const text = new TextDecoder().decode(textEnd < 0 ? data : data.subarray(0, textEnd));
    const { version, size, chunkSize } = JSON.parse(text) as Manifest;
    if (typeof version !== "string" || !Number.isSafeInteger(size))
      throw new TypeError("a manifest must have a version and a size");
    if (textEnd < 0) {
      if (chunkSize > 0) return { version, size, chunkSize };
      throw new TypeError("a manifest without bytes must have a chunk size");
    }
    // A copy: the library's buffer may be larger than what it holds.
    const bytes = new Uint8Array(data.subarray(textEnd + 1));
    if (bytes.length === size && chunkSize === 0) return { version, size, chunkSize, bytes };
    throw new TypeError(`a manifest of ${size} bytes has ${bytes.length}`);
  } catch (cause) {
    throw new CarryoutError("store-corrupt", `the manifest of part ${key} can't be read`, {
      details: { key },
      cause,
    });
  }
}
