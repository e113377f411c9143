/** @module Raw HTTP: sends bytes that no client would send, and reads whatever comes back. */

import { connect } from "node:net";

export interface RawResponse {
  status: number;
  /** Lower-case names; values of a repeated header are joined by ", ". */
  headers: Map<string, string>;
  body: Buffer;
  /** Everything received, including headers, as Latin-1. */
  text: string;
}

export interface RawRequest {
  bytes: Buffer;
  /** The answer has the headers of a body but no body. */
  isHead: boolean;
  /** False when the server has to wait for more, and may. */
  isComplete: boolean;
}

/** "none": the connection ended without an answer. "hung": neither an answer nor an end. */
export type RawOutcome = RawResponse | "none" | "hung";

const ANSWER_MS = 10_000;
/** For incomplete requests: the server is right to wait. */
const UNFINISHED_MS = 60;
/** How long to read from an endless answer. */
const STREAM_MS = 40;

export function sendRaw(port: number, request: RawRequest): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    let isStream = false;
    const end = (outcome: RawOutcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const settle = (isOver: boolean, otherwise: RawOutcome) => {
      const response = parse(Buffer.concat(chunks), isOver || request.isHead);
      end(response ?? otherwise);
    };
    let timer = setTimeout(
      () => settle(true, request.isComplete ? "hung" : "none"),
      request.isComplete ? ANSWER_MS : UNFINISHED_MS,
    );
    socket.on("connect", () => socket.write(request.bytes));
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const response = parse(Buffer.concat(chunks), request.isHead);
      if (response) end(response);
      else if (!isStream && /\r\ncontent-type: text\/event-stream/i.test(chunk.toString("latin1"))) {
        isStream = true;
        clearTimeout(timer);
        timer = setTimeout(() => settle(true, "hung"), STREAM_MS);
      }
    });
    // A server may cut the connection after garbage; what it sent before counts.
    socket.on("error", () => settle(true, "none"));
    socket.on("close", () => settle(true, "none"));
  });
}

/** The first final response in the bytes; null while it is incomplete and more may come. */
function parse(bytes: Buffer, isOver: boolean): RawResponse | null {
  const text = bytes.toString("latin1");
  let from = 0;
  for (;;) {
    const end = text.indexOf("\r\n\r\n", from);
    if (end < 0) return null;
    const [first = "", ...lines] = text.slice(from, end).split("\r\n");
    const status = Number(first.split(" ")[1]);
    if (status >= 200) return withBody(bytes, end + 4, status, headersOf(lines), isOver);
    from = end + 4; // an interim response
  }
}

function withBody(
  bytes: Buffer,
  start: number,
  status: number,
  headers: Map<string, string>,
  isOver: boolean,
): RawResponse | null {
  const rest = bytes.subarray(start);
  const text = bytes.toString("latin1");
  const length = headers.get("content-length");
  if (headers.get("transfer-encoding") === "chunked") {
    if (!isOver && !rest.toString("latin1").endsWith("0\r\n\r\n")) return null;
    return { status, headers, body: unchunked(rest), text };
  }
  if (length === undefined || rest.byteLength < Number(length)) {
    const hasNoBody = status === 204 || status === 304 || (length === undefined && isOver);
    return isOver || hasNoBody ? { status, headers, body: rest, text } : null;
  }
  return { status, headers, body: rest.subarray(0, Number(length)), text };
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    const value = line.slice(line.indexOf(":") + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  return headers;
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const end = bytes.indexOf("\r\n", at);
    const size = end < 0 ? 0 : Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (!(size > 0)) break;
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
