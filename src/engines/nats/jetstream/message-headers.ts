/** @module Reads a message's headers in place, one by one: thousands arrive at once, and few are needed. */

import type { Msg, MsgHdrs } from "@nats-io/transport-node";

const VERSION = "NATS/1.0";
const LINE_END = "\r\n";

export type MessageHeaders = Pick<MsgHdrs, "code" | "description" | "get">;

/** Null for a message without headers. */
export function headersOf(message: Msg): MessageHeaders | null {
  const text = headerTextOf(message);
  // The library parses all of them on first access, which costs more than everything else about a message.
  return text.startsWith(VERSION) ? new HeaderText(text) : (message.headers ?? null);
}

/** The headers in this text, as they are stored with a message. */
export function headersIn(text: string): MessageHeaders {
  return new HeaderText(text);
}

/** The library returns a message in one piece, headers before data, without their start: it follows from the size. */
function headerTextOf(message: Msg & { size?: () => number }): string {
  const { data, subject, reply = "" } = message;
  const size = message.size?.() ?? 0;
  const length = size - subject.length - reply.length - data.length;
  const start = data.byteOffset - length;
  return length > 0 && start >= 0 ? Buffer.from(data.buffer, start, length).toString("utf8") : "";
}

/** ADR-4 of NATS: a line with the version and perhaps a status, then a line for each header. */
class HeaderText implements MessageHeaders {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** 0 for none. */
  get code(): number {
    return Number.parseInt(this.#status(), 10) || 0;
  }

  get description(): string {
    return this.#status().replace(/^\d+\s*/, "");
  }

  /** The first value, "" when there is none. */
  get(name: string): string {
    const line = `${LINE_END}${name}:`;
    const found = this.#text.indexOf(line);
    if (found < 0) return "";
    const start = found + line.length;
    return this.#text.slice(start, this.#text.indexOf(LINE_END, start)).trim();
  }

  #status(): string {
    return this.#text.slice(VERSION.length, this.#text.indexOf(LINE_END)).trim();
  }
}
