/**
 * @module Searches a history on NATS for operators: from the ends of its streams backwards, so that the latest records
 * come first. No index has kinds and states: a search reads records, a bounded number of them per call.
 */

import { inHistoryOrder } from "../../../download/order.ts";
import type { HistoryMatches, HistorySearch } from "../../../ports/history.ts";
import { invalidCursor } from "../../../ports/history-cursor.ts";
import type { Stored } from "../../../ports/repo.ts";
import { listed } from "../../../ports/stored-text.ts";
import { keyedTexts } from "./nats-table.ts";
import type { Entry } from "./record-entry.ts";
import type { RecordPatience } from "./record-patience.ts";
import { type Ask, entriesAfter } from "./record-scan.ts";
import type { RecordStream } from "./record-stream.ts";

/** What a call may read. */
interface SearchBounds {
  /** Sequences of each stream that are read at first. A record has some messages beside it. */
  firstWidth: number;
  /** Windows with fewer records than this are followed by some of twice the width: the streams have gaps there. */
  few: number;
  /** Most records of one window; one with more is read again with half the width. */
  most: number;
  /** Windows of each stream. */
  windows: number;
}

const BOUNDS: SearchBounds = { firstWidth: 1_000, few: 200, most: 1_000, windows: 4 };

/** The last sequence that was not searched yet in each stream, and how many sequences to read next. */
interface Cursor {
  ends: number[];
  width: number;
}

interface Match {
  stored: Stored;
  storedAt: number;
  stream: number;
  sequence: number;
}

export interface NatsHistorySearchOptions {
  streams: readonly SearchedStream[];
  patience: Pick<RecordPatience, "ask">;
  /** Default: at most 4,000 records of each stream. */
  bounds?: SearchBounds;
}

type SearchedStream = Pick<RecordStream, "from" | "next" | "lastOfAll" | "versionOf" | "silentMs">;

/** Errors: `invalid-request`, `unavailable`, `closed`. */
export async function searchHistory(
  search: HistorySearch,
  { streams, patience, bounds = BOUNDS }: NatsHistorySearchOptions,
): Promise<HistoryMatches> {
  const { kind, state, limit, after } = search;
  const isMatch = ({ download }: Stored) =>
    (kind === undefined || download.kind === kind) && (state === undefined || download.state === state);
  const askOf = (stream: SearchedStream): Ask => {
    return (question) => patience.ask(stream, question);
  };
  let { ends, width } =
    after === undefined
      ? {
          ends: await Promise.all(streams.map((stream) => lastSequence(stream, askOf(stream)))),
          width: bounds.firstWidth,
        }
      : read(after, streams.length);
  const found: Match[] = [];
  for (let round = 0; round < bounds.windows && found.length < limit && !isOver(ends); round += 1) {
    const windows = await Promise.all(
      streams.map((stream, index) =>
        readWindow(stream, askOf(stream), { end: ends[index]!, width, most: bounds.most }),
      ),
    );
    const matching = windows.flatMap(({ entries }, index) =>
      matches(streams[index]!, index, entries, isMatch),
    );
    matching.sort((a, b) => b.storedAt - a.storedAt || b.sequence - a.sequence);
    const left = matching.splice(limit - found.length);
    found.push(...matching);
    // The matches that are left are found again by the next call.
    ends = windows.map(
      ({ from }, index) => left.find(({ stream }) => stream === index)?.sequence ?? from - 1,
    );
    width = nextWidth(width, windows, bounds);
  }
  const stored = found.map((match) => match.stored);
  stored.sort((a, b) => inHistoryOrder(a.download, b.download));
  return { found: stored, next: isOver(ends) ? null : written({ ends, width }) };
}

interface Window {
  /** The first sequence that was searched. */
  from: number;
  entries: Entry[];
  /** True when it had too many records, so that less was searched than asked for. */
  isFull: boolean;
}

function nextWidth(width: number, windows: readonly Window[], { few }: SearchBounds): number {
  if (windows.some(({ isFull }) => isFull)) return Math.max(1, Math.floor(width / 2));
  return windows.every(({ entries }) => entries.length < few) ? width * 2 : width;
}

/** The records of the sequences up to `end`, as many as `width`, in ascending order. */
async function readWindow(
  stream: SearchedStream,
  ask: Ask,
  { end, width, most }: { end: number; width: number; most: number },
): Promise<Window> {
  for (let isFull = false, size = width; ; size = Math.ceil(size / 2), isFull = true) {
    const from = Math.max(1, end - size + 1);
    const entries: Entry[] = [];
    if (end < 1) return { from: 1, entries, isFull };
    let isPast = false;
    for await (const batch of entriesAfter(stream, from - 1, "*.*", ask)) {
      for (const entry of batch) {
        isPast ||= entry.sequence > end;
        if (!isPast) entries.push(entry);
      }
      if (isPast || entries.length > most) break;
    }
    if (entries.length <= most || size === 1) return { from, entries, isFull };
  }
}

function matches(
  stream: SearchedStream,
  index: number,
  entries: readonly Entry[],
  isMatch: (stored: Stored) => boolean,
): Match[] {
  return entries.flatMap((entry) => {
    const [stored] = listed(keyedTexts(stream, [entry]));
    if (stored === undefined || !isMatch(stored)) return [];
    return [{ stored, storedAt: entry.storedAt, stream: index, sequence: entry.sequence }];
  });
}

async function lastSequence(stream: SearchedStream, ask: Ask): Promise<number> {
  return (await ask(() => stream.lastOfAll()))?.sequence ?? 0;
}

function isOver(ends: readonly number[]): boolean {
  return ends.every((end) => end < 1);
}

function written({ ends, width }: Cursor): string {
  return `${width}~${ends.join(".")}`;
}

function read(cursor: string, streams: number): Cursor {
  const [, width, ends] = /^([1-9]\d{0,14})~(\d{1,16}(?:\.\d{1,16})*)$/.exec(cursor) ?? [];
  const numbers = ends?.split(".").map(Number) ?? [];
  if (numbers.length !== streams || !numbers.every(Number.isSafeInteger)) throw invalidCursor();
  return { ends: numbers, width: Number(width) };
}
