/** @module The first line that a process sends on each lifeline: which incarnation listens here. Notes may follow. */

const GREETING = "carryout-lifeline/1 ";
const LONGEST_BYTES = 512;

export function encodeHello(incarnation: string): Buffer {
  return Buffer.from(`${GREETING}${encodeURIComponent(incarnation)}\n`, "latin1");
}

/** The incarnation and what follows its line, or "foreign" if this is no hello; null while more data is needed. */
export function readHello(bytes: Buffer): { incarnation: string; rest: Buffer } | "foreign" | null {
  const text = bytes.toString("latin1");
  const end = text.indexOf("\n");
  if (end < 0) {
    const begins = text.startsWith(GREETING) || GREETING.startsWith(text);
    return begins && bytes.length < LONGEST_BYTES ? null : "foreign";
  }
  if (!text.startsWith(GREETING)) return "foreign";
  try {
    const incarnation = decodeURIComponent(text.slice(GREETING.length, end));
    return { incarnation, rest: bytes.subarray(end + 1) };
  } catch {
    return "foreign";
  }
}

/** A note is one line of text. */
export function encodeNote(note: string): Buffer {
  return Buffer.from(`${note}\n`, "utf8");
}

/** The whole notes in what was received, and the rest; null if that is too long for a note. */
export function readNotes(bytes: Buffer): { notes: string[]; rest: Buffer } | null {
  const end = bytes.lastIndexOf("\n") + 1;
  const rest = bytes.subarray(end);
  if (rest.length > LONGEST_BYTES) return null;
  return { notes: bytes.toString("utf8", 0, end).split("\n").slice(0, -1), rest };
}
