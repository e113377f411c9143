/** @module Conditional writes to JetStream that end as done or refused, even if acknowledgements get lost. */

import type { Clock } from "../../../ports/clock.ts";
import { isConflict, isPassing } from "../jetstream/stream.ts";
import type { RecentWrites } from "./recent-writes.ts";
import { type Entry, headersOf } from "./record-entry.ts";
import { type RecordPatience, type RecordWait, translated } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";

interface Write {
  stream: RecordStream;
  key: string;
  /** The record as JSON; null removes it. */
  text: string | null;
  /** The same in every attempt of one call, so that the applied one is recognised. */
  token: string;
  wait: RecordWait;
}

/** `refused` is the conflicting entry; null if the key has none at all. */
type Outcome = { sequence: number } | { refused: Entry | null };

/**
 * A write without an acknowledgement is repeated unchanged: its condition allows only one attempt to be applied. If one
 * is refused, an earlier attempt may have been applied, so it reads back. Errors: `closed`, `store-unusable`, and
 * `unavailable` if the outcome is still unknown after the timeout. An attempt may then be applied later, if a hanging
 * server has it: a caller that sees such a write of its own appear adopts or removes it.
 */
export class NatsWrites {
  readonly #clock: Clock;
  readonly #patience: RecordPatience;
  readonly #recent: RecentWrites;
  readonly #isDamaged: (key: string, text: string) => boolean;

  /** `isDamaged` identifies texts that an insert may overwrite. */
  constructor(options: {
    clock: Clock;
    patience: RecordPatience;
    recent: RecentWrites;
    isDamaged: (key: string, text: string) => boolean;
  }) {
    this.#clock = options.clock;
    this.#patience = options.patience;
    this.#recent = options.recent;
    this.#isDamaged = options.isDamaged;
  }

  /** Writes if the key has no record, or a damaged one: the sequence, or null when it has one. */
  async insert(stream: RecordStream, key: string, text: string): Promise<number | null> {
    const write = this.#begin(stream, key, text);
    for (let expected = 0; ; ) {
      const outcome = await this.#settle(write, expected);
      if ("sequence" in outcome) return outcome.sequence;
      const present = outcome.refused?.text ?? null;
      if (present !== null && !this.#isDamaged(key, present)) return null;
      // The key has a damaged record or a tombstone, or had a tombstone that was swept.
      expected = outcome.refused?.sequence ?? 0;
    }
  }

  /** Writes, or removes for null, if this is still the key's last sequence: the new sequence, or null. */
  async replace(
    stream: RecordStream,
    key: string,
    text: string | null,
    expected: number,
  ): Promise<number | null> {
    const outcome = await this.#settle(this.#begin(stream, key, text), expected);
    return "sequence" in outcome ? outcome.sequence : null;
  }

  /** Writes if the key has no entry: the sequence, or the conflicting entry, a record or a removal. */
  async create(
    stream: RecordStream,
    key: string,
    text: string,
  ): Promise<{ sequence: number } | { there: Entry }> {
    const write = this.#begin(stream, key, text);
    for (;;) {
      const outcome = await this.#settle(write, 0);
      if ("sequence" in outcome) return outcome;
      // Null: its removal was swept a moment ago.
      if (outcome.refused !== null) return { there: outcome.refused };
    }
  }

  /**
   * Removes the key's record, whatever its version, and leaves a removal, even if there was no record. Returns the
   * previous entry. If that is a removal already, another one is written only if `again` is true.
   */
  async bury(stream: RecordStream, key: string, { again }: { again: boolean }): Promise<Entry | null> {
    const write = this.#begin(stream, key, null);
    let before = await this.#patience.ask(stream, () => stream.last(key), write.wait);
    for (;;) {
      if (before !== null && before.text === null && !again) return before;
      const outcome = await this.#settle(write, before?.sequence ?? 0);
      if ("sequence" in outcome) return before;
      before = outcome.refused;
    }
  }

  #begin(stream: RecordStream, key: string, text: string | null): Write {
    return { stream, key, text, token: this.#clock.id(), wait: this.#patience.begin(stream) };
  }

  async #settle(write: Write, expected: number): Promise<Outcome> {
    const { stream, key, text, token, wait } = write;
    const headers = headersOf(token, text);
    // Most removals free the slot of a download that its user knows to be ready.
    const isPatient = text === null;
    for (;;) {
      await wait.connected();
      try {
        const sequence = await stream.publish(key, text ?? "", { expected, headers, isPatient });
        this.#recent.see(key, sequence, text === null);
        return { sequence };
      } catch (error) {
        if (!isPassing(error) && !isConflict(error)) throw translated(error);
        const outcome = isConflict(error) ? await this.#judge(write, expected) : null;
        if (outcome !== null) return outcome;
        await wait.pause(error);
      }
    }
  }

  /** The meaning of a conflict; null if unknown, in which case the same write has to be retried. */
  async #judge({ stream, key, token }: Write, expected: number): Promise<Outcome | null> {
    try {
      const found = await stream.last(key);
      const sequence = found?.sequence ?? 0;
      if (this.#recent.contradicts(key, sequence)) return null;
      if (found !== null) this.#recent.see(key, sequence, found.text === null);
      if (found?.write === token) return { sequence };
      if (sequence > expected) return { refused: found };
      // Nothing has changed: the other write failed, or this leader was deposed and is unaware of it.
      if (sequence === expected) return null;
      // Lower than before, and the expected sequence was never seen here: it never existed.
      if (expected > stream.newest) return { refused: found };
      return (await this.#isSwept(stream, key, expected)) ? { refused: null } : null;
    } catch (error) {
      if (!isPassing(error)) throw translated(error);
      return null;
    }
  }

  /** True when the message was there and is gone; false when this leader may just not have it yet. */
  async #isSwept(stream: RecordStream, key: string, sequence: number): Promise<boolean> {
    const { newest, isThere } = await stream.holds(key);
    return !isThere && newest >= sequence;
  }
}
