/** @module The error for a generator whose interrupted file differs from that of an uninterrupted run. */

/** A checkpoint as it was offered: the state's JSON, and how many bytes of the file came before it. */
export interface OfferedCheckpoint {
  /** From 1, in the order of the uninterrupted run. */
  readonly number: number;
  readonly offset: number;
  readonly state: string;
}

/** The checks of `checkResume`: a stable name for each. */
export type ResumeProblem =
  | "no-checkpoint"
  | "not-repeatable"
  | "different-bytes"
  | "different-file"
  | "state-too-large"
  | "progress-out-of-bounds"
  | "failed";

/** What `checkResume` found. The message says it all. */
export class ResumeError extends Error {
  readonly problem: ResumeProblem;
  /** Where the run that went wrong had begun; null at the beginning. */
  readonly checkpoint: OfferedCheckpoint | null;
  /** The first byte of the file that differs, for "different-bytes" and "not-repeatable". */
  readonly offset: number | null;

  constructor(
    problem: ResumeProblem,
    message: string,
    about: { checkpoint?: OfferedCheckpoint | null; offset?: number; cause?: unknown } = {},
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = "ResumeError";
    this.problem = problem;
    this.checkpoint = about.checkpoint ?? null;
    this.offset = about.offset ?? null;
  }
}

/** Characters of a state that are shown. */
const LONGEST_STATE = 200;

/** "resumed at checkpoint 3 (byte 12000, state {"after":12})", or "run from the beginning". */
export function beginningOf(checkpoint: OfferedCheckpoint | null): string {
  if (checkpoint === null) return "run from the beginning";
  const { number, offset, state } = checkpoint;
  const shown = state.length > LONGEST_STATE ? `${state.slice(0, LONGEST_STATE)}…` : state;
  return `resumed at checkpoint ${number} (byte ${offset}, state ${shown})`;
}

/** Bytes that are shown on each side of the first difference. */
const BEFORE = 24;
const AFTER = 40;

/** Some bytes around `offset`, as text where they are text, else in hexadecimal; "|" stands before that byte. */
export function around(bytes: Uint8Array, offset: number): string {
  const before = bytes.subarray(Math.max(0, offset - BEFORE), offset);
  const after = bytes.subarray(offset, offset + AFTER);
  const shown = isText(before) && isText(after) ? textOf : hexOf;
  return `${shown(before)} | ${after.length === 0 ? "(the end)" : shown(after)}`;
}

/** UTF-8 without control characters. A window may begin or end within a character: that is still text. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.some(isNoText)) return false;
  const text = Buffer.from(bytes).toString("utf8");
  return !text
    .replace(/^\ufffd{1,3}/, "")
    .replace(/\ufffd{1,3}$/, "")
    .includes("\ufffd");
}

function isNoText(byte: number): boolean {
  const isLineEnd = byte === 0x09 || byte === 0x0a || byte === 0x0d;
  return (byte < 0x20 && !isLineEnd) || byte >= 0xf8;
}

function textOf(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes).toString("utf8"));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replaceAll(/..(?!$)/g, "$& ");
}
