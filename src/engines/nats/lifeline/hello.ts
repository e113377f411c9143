/** @module The one line that a process sends on each lifeline: which incarnation listens here. */

const GREETING = "carryout-lifeline/1 ";
const LONGEST_BYTES = 512;

export function encodeHello(incarnation: string): Buffer {
  return Buffer.from(`${GREETING}${encodeURIComponent(incarnation)}\n`, "latin1");
}

/** The incarnation, or "foreign" if this can't be a hello; null while more data is needed. */
export function readHello(bytes: Buffer): { incarnation: string } | "foreign" | null {
  const text = bytes.toString("latin1");
  const end = text.indexOf("\n");
  if (end < 0) {
    const begins = text.startsWith(GREETING) || GREETING.startsWith(text);
    return begins && bytes.length < LONGEST_BYTES ? null : "foreign";
  }
  if (!text.startsWith(GREETING) || end < text.length - 1) return "foreign";
  try {
    return { incarnation: decodeURIComponent(text.slice(GREETING.length, end)) };
  } catch {
    return "foreign";
  }
}
