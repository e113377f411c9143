/**
 * @module The index of a history: small messages beside the records, whose subjects alone tell which record has an id
 * and which records are due. The index is only a hint: the records that it names are always checked.
 *
 * - `due.SLICE.ID.TIME.OWNER`: whose record has this id, and when it expires, in milliseconds. A slice is a span of ten
 *   minutes; both are "never" for a record that does not expire. In the stream that the id is hashed to.
 * - `slice.SLICE`: the slice may have due records.
 * - `gone.OWNER.ID`: the record was removed, and left a tombstone to be swept. In the stream of the record.
 */

import type { Download } from "../../../download/download.ts";
import { idOf, ownerOf } from "../../../download/key.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { RecordPatience } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";
import { streamIndexOf } from "./record-subjects.ts";

export interface Due {
  key: string;
  /** When it expires, whole milliseconds since the epoch. */
  time: number;
}

const NEVER = "never";
const SLICE_MS = 600_000;
/** A slice in use is announced again after this time, long before an empty one may be removed. */
const SAID_MS = 600_000;
export const EMPTY_SLICE_KEPT_MS = 3_600_000;
const MOST_SAID = 10_000;

export class HistoryIndex {
  readonly #streams: readonly RecordStream[];
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #patience: RecordPatience;
  /** When each slice of a stream was last announced as in use. */
  readonly #said = new Map<string, number>();

  constructor(options: {
    streams: readonly RecordStream[];
    clock: Pick<Clock, "monotonic">;
    patience: RecordPatience;
  }) {
    this.#streams = options.streams;
    this.#clock = options.clock;
    this.#patience = options.patience;
  }

  /** Indexes a record by its id and its time, see `dueTimeOf`. Repeating it changes nothing. */
  async note(key: string, time: number | null): Promise<void> {
    const stream = this.#streamOfId(idOf(key));
    await Promise.all([
      time === null ? null : this.#sayUsed(stream, sliceOf(time)),
      this.#write(stream, dueName(key, time), ""),
    ]);
  }

  /** Call before a record is removed, so that its tombstone is swept eventually. */
  async noteGone(key: string): Promise<void> {
    await this.#write(this.#streamOf(key), `gone.${key}`, "");
  }

  async forget(key: string, time: number | null): Promise<void> {
    await this.#purge(this.#streamOfId(idOf(key)), dueName(key, time));
  }

  async forgetId(id: string): Promise<void> {
    await this.#purge(this.#streamOfId(id), entriesOf(id));
  }

  /**
   * The user's part of the key of the record with this id, or null, which is only believed of a leader with a majority.
   * The record may be gone.
   */
  async ownerOf(id: string): Promise<string | null> {
    const stream = this.#streamOfId(id);
    const [name] = await this.#patience.ask(stream, () => stream.names(entriesOf(id)));
    return name === undefined ? null : name.slice(name.lastIndexOf(".") + 1);
  }

  /** What is due until this time, the earliest first, slice by slice. A record may be gone, or have another time. */
  async *due(until: number): AsyncGenerator<Due[], void, void> {
    const used = await Promise.all(this.#streams.map((stream) => this.slices(stream)));
    const slices = [...new Set(used.flat())].filter((slice) => slice <= sliceOf(until));
    for (const slice of slices.sort((a, b) => a - b)) {
      const streams = this.#streams.filter((_, index) => used[index]!.includes(slice));
      const dues = (await Promise.all(streams.map((stream) => this.dueIn(stream, slice)))).flat();
      yield dues.filter(({ time }) => time <= until).sort((a, b) => a.time - b.time);
    }
  }

  /** The slices of a stream that may have due records. */
  async slices(stream: RecordStream): Promise<number[]> {
    const names = await this.#patience.ask(stream, () => stream.names("slice.*"));
    return names.map((name) => Number(name.slice(name.indexOf(".") + 1)));
  }

  /** In no particular order. */
  async dueIn(stream: RecordStream, slice: number): Promise<Due[]> {
    const names = await this.#patience.ask(stream, () => stream.names(`due.${slice}.*.*.*`));
    return names.map((name) => {
      const [, , id, time, owner] = name.split(".");
      return { key: `${owner}.${id}`, time: Number(time) };
    });
  }

  async #sayUsed(stream: RecordStream, slice: number): Promise<void> {
    const name = `${stream.index}.${slice}`;
    const now = this.#clock.monotonic();
    const said = this.#said.get(name);
    if (said !== undefined && now - said < SAID_MS) return;
    await this.#write(stream, `slice.${slice}`, "");
    this.#said.delete(name);
    this.#said.set(name, now);
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= MOST_SAID) break;
      this.#said.delete(oldest);
    }
  }

  async #write(stream: RecordStream, name: string, text: string): Promise<void> {
    await this.#patience.ask(stream, () => stream.publish(name, text));
  }

  async #purge(stream: RecordStream, name: string): Promise<void> {
    await this.#patience.ask(stream, () => stream.purge(name));
  }

  #streamOfId(id: string): RecordStream {
    return this.#streamOf(`${id}.`);
  }

  #streamOf(key: string): RecordStream {
    return this.#streams[streamIndexOf(key, this.#streams.length)]!;
  }
}

export function sliceOf(time: number): number {
  return Math.floor(time / SLICE_MS);
}

/** The time in the index; null for a record that does not expire. */
export function dueTimeOf({ expiresAt }: Pick<Download, "expiresAt">): number | null {
  return expiresAt === null ? null : Math.floor(expiresAt);
}

export function dueName(key: string, time: number | null): string {
  const slice = time === null ? NEVER : sliceOf(time);
  return `due.${slice}.${idOf(key)}.${time ?? NEVER}.${ownerOf(key)}`;
}

function entriesOf(id: string): string {
  return `due.*.${id}.*.*`;
}
