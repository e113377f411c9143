/** @module The work on downloads on NATS: small marks, republished to watchers of their user, and the saved states. */

import { ownerOf, userPrefix } from "../../../download/key.ts";
import type { Mark, Saved } from "../../../download/work.ts";
import { encodeMark, encodeSaved } from "../../../download/work-codec.ts";
import type { Version } from "../../../ports/repo.ts";
import { marksOf, workEventOf, workOf } from "../../../ports/stored-text.ts";
import type { StoredMark, StoredWork, Work, WorkEvent } from "../../../ports/work.ts";
import { type KnownMarks, MarkFeed } from "./mark-feed.ts";
import type { SlotFeedOptions } from "./nats-slots.ts";
import type { NatsTable } from "./nats-table.ts";
import { watchRecords } from "./record-feed.ts";
import type { RecordPatience } from "./record-patience.ts";
import { entriesAfter } from "./record-scan.ts";
import type { RecordStream } from "./record-stream.ts";
import { isKey } from "./record-subjects.ts";

const ALL_KEYS = "*.*";

export interface NatsWorkOptions extends SlotFeedOptions {
  patience: RecordPatience;
  marks: NatsTable;
  saved: NatsTable;
}

export class NatsWork implements Work {
  readonly #options: NatsWorkOptions;
  readonly #known = new Map<RecordStream, KnownMarks>();

  constructor(options: NatsWorkOptions) {
    this.#options = options;
  }

  async fetch(key: string): Promise<StoredWork> {
    const { marks, saved } = this.#options;
    const [mark, checkpoint] = await Promise.all([marks.get(key), saved.get(key)]);
    return workOf(key, mark, checkpoint);
  }

  async list(user: string): Promise<StoredMark[]> {
    return marksOf(await this.#options.marks.ofUser(userPrefix(user)));
  }

  async keys(): Promise<string[]> {
    const { marks, saved, patience, checkOpen } = this.#options;
    checkOpen();
    const keys = new Set<string>();
    for (const stream of marks.streams) {
      const ask = <Answer>(question: () => Promise<Answer>) => patience.ask(stream, question);
      for await (const entries of entriesAfter(stream, 0, ALL_KEYS, ask)) {
        for (const { key, text } of entries) {
          if (text === null) keys.delete(key!);
          else keys.add(key!);
        }
      }
    }
    for (const stream of saved.streams) {
      for (const key of await patience.ask(stream, () => stream.names(ALL_KEYS))) keys.add(key);
    }
    return [...keys];
  }

  advance(key: string, mark: Mark, version: Version | null): Promise<Version | null> {
    return write(this.#options.marks, key, encodeMark(mark), version);
  }

  save(key: string, saved: Saved, version: Version | null): Promise<Version | null> {
    return write(this.#options.saved, key, encodeSaved(saved), version);
  }

  async remove(key: string): Promise<void> {
    const { marks, saved, patience, checkOpen } = this.#options;
    checkOpen();
    if (!isKey(key)) return;
    // The key is never used again, so applying this late is harmless.
    const stream = saved.streamOf(key);
    await patience.ask(stream, () => stream.purge(key));
    await marks.bury(key, { again: true });
  }

  watch(user: string | null, signal: AbortSignal): AsyncGenerator<WorkEvent, void, void> {
    const { link, clock, log, checkOpen, closing, marks } = this.#options;
    const owner = user === null ? null : ownerOf(userPrefix(user));
    const keys = owner === null ? ALL_KEYS : `${owner}.*`;
    return watchRecords<WorkEvent>(
      {
        streams: owner === null ? marks.streams : [marks.streamOf(`${owner}.`)],
        recent: marks.recent,
        checkOpen,
        eventOf: workEventOf,
        openFeed: (stream, told) =>
          new MarkFeed({
            ...{ stream, keys, link, clock, log, ...told },
            recent: marks.recent,
            known: this.#knownOf(stream),
          }),
      },
      [signal, closing],
    );
  }

  #knownOf(stream: RecordStream): KnownMarks {
    const known = this.#known.get(stream) ?? { upTo: null };
    this.#known.set(stream, known);
    return known;
  }
}

async function write(
  table: NatsTable,
  key: string,
  text: string,
  version: Version | null,
): Promise<Version | null> {
  return await (version === null ? table.insert(key, text) : table.replace(key, text, version));
}
