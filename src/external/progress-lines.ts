/** @module Progress as NDJSON: a line {"done":1,"total":10,"message":"…"} for each sign of life. */

import { oneLine } from "../generator/one-line.ts";

/** Longest line in bytes; the rest of a longer one is skipped. */
const LONGEST_LINE = 4_096;
const LINE_FEED = 0x0a;

/** The content of a line. Omitted fields keep their value; null clears it. */
export interface ProgressLine {
  done: number;
  total?: number | null;
  message?: string | null;
}

/** Assembles lines from chunks of any size. Buffers at most one line, whatever the input. */
export class ProgressLines {
  readonly #onProgress: (line: ProgressLine) => void;
  readonly #onBadLine: (text: string) => void;
  #pending: Buffer[] = [];
  #size = 0;

  /** `onBadLine` is called with each line that is not valid progress. */
  constructor(onProgress: (line: ProgressLine) => void, onBadLine: (text: string) => void) {
    this.#onProgress = onProgress;
    this.#onBadLine = onBadLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      this.end();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** Treats the remaining text as a line. */
  end(): void {
    const text = Buffer.concat(this.#pending).toString("utf8");
    const isWhole = this.#size <= LONGEST_LINE;
    this.#pending = [];
    this.#size = 0;
    if (text.trim() === "") return;
    const line = isWhole ? progressIn(text) : null;
    if (line === null) this.#onBadLine(text);
    else this.#onProgress(line);
  }

  #keep(bytes: Buffer): void {
    const room = LONGEST_LINE - this.#size;
    if (room > 0 && bytes.length > 0) this.#pending.push(Buffer.from(bytes.subarray(0, room)));
    this.#size += bytes.length;
  }
}

/** For `onBadLine`: warns of the first invalid line of a run. */
export function badProgressLine(kind: string): (text: string) => void {
  let isTold = false;
  return (text) => {
    if (isTold) return;
    isTold = true;
    const shown = JSON.stringify(oneLine(text, 100));
    process.emitWarning(
      `${kind}: ignored a line of progress: expected {"done":1,"total":10,"message":"…"}, not ${shown}`,
    );
  };
}

function progressIn(text: string): ProgressLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { done, total, message } = value as Record<string, unknown>;
  if (!isCount(done)) return null;
  if (total !== undefined && total !== null && !isCount(total)) return null;
  if (message !== undefined && message !== null && typeof message !== "string") return null;
  return {
    done,
    ...(total !== undefined && { total }),
    ...(message !== undefined && { message }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
