/** @module Parses a stream of server-sent events (WHATWG HTML, section 9.2), comments included. */

export type StreamItem =
  | { type: "event"; name: string; data: string }
  /** A line that begins with a colon: a sign of life. */
  | { type: "comment"; text: string }
  /** The delay before a reconnect that the server requests, in milliseconds. */
  | { type: "retry"; ms: number };

/**
 * Takes the decoded text in chunks of any size, even split within a line or between CR and LF, and returns what
 * became complete. An event without a terminating empty line is never returned.
 */
export class EventParser {
  #rest = "";
  #afterCarriageReturn = false;
  #name = "";
  #data: string[] = [];

  push(chunk: string): StreamItem[] {
    const items: StreamItem[] = [];
    let text = chunk;
    if (this.#afterCarriageReturn && text !== "") {
      if (text.startsWith("\n")) text = text.slice(1);
      this.#afterCarriageReturn = false;
    }
    if (text.endsWith("\r")) this.#afterCarriageReturn = true;
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line, items);
    return items;
  }

  #line(line: string, items: StreamItem[]): void {
    if (line === "") {
      this.#dispatch(items);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      items.push({ type: "comment", text: line.slice(1).trim() });
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "retry" && /^\d+$/.test(value)) items.push({ type: "retry", ms: Number(value) });
  }

  #dispatch(items: StreamItem[]): void {
    if (this.#data.length > 0) {
      items.push({ type: "event", name: this.#name || "message", data: this.#data.join("\n") });
    }
    this.#name = "";
    this.#data = [];
  }
}
