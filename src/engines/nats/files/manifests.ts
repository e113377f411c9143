/** @module Manifests: the one message that makes the chunks of a version the content of a part. */

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
  /** Bytes of each chunk but the last. */
  chunkSize: number;
}

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
    let expected = 0;
    let replaced: Manifest | null = null;
    let mayBeDone = false;
    return await this.#patience.run(`storing part ${key}`, async () => {
      try {
        await this.#stream.publish(subject, JSON.stringify(manifest), { expected });
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

function parseManifest(key: string, { data }: StoredMessage): Manifest {
  try {
    const { version, size, chunkSize } = JSON.parse(new TextDecoder().decode(data)) as Manifest;
    if (typeof version === "string" && Number.isSafeInteger(size) && chunkSize > 0) {
      return { version, size, chunkSize };
    }
    throw new TypeError("a manifest must have a version, a size and a chunk size");
  } catch (cause) {
    throw new CarryoutError("store-corrupt", `the manifest of part ${key} can't be read`, {
      details: { key },
      cause,
    });
  }
}
