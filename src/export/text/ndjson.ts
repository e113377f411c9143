/** @module Newline-delimited JSON: an object on each line, with the columns' keys as names. */

import type { Cell, Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Sink, TableFormat, TableWriter } from "../format.ts";
import { isoTime } from "./iso-time.ts";

const CHUNK = 128 * 1024;

type TextState = Record<string, never>;

/**
 * NDJSON in UTF-8. Integers beyond 2^53 keep all their digits, instants are ISO 8601 in UTC, a link is its address, and
 * a missing value is null. Every line has every chosen column.
 */
export function ndjson(): TableFormat<"ndjson", TextState> {
  return {
    name: "ndjson",
    extension: "ndjson",
    type: "application/x-ndjson",
    open: ({ columns }, sink) => new NdjsonWriter(columns, sink),
  };
}

class NdjsonWriter implements TableWriter<TextState> {
  readonly #sink: Sink;
  readonly #members: readonly { name: string; json: (cell: NonNullable<Cell>) => string }[];

  constructor(columns: readonly Column[], sink: Sink) {
    this.#sink = sink;
    this.#members = columns.map((column, index) => ({
      name: `${index === 0 ? "{" : ","}${JSON.stringify(column.key)}:`,
      json: jsonOf(column),
    }));
  }

  async append(rows: readonly Row[]): Promise<void> {
    let text = "";
    for (const row of rows) {
      for (let index = 0; index < this.#members.length; index++) {
        const { name, json } = this.#members[index]!;
        const cell = row[index];
        text += name + (cell === null || cell === undefined ? "null" : json(cell));
      }
      text += "}\n";
      if (text.length >= CHUNK) {
        await this.#sink.write(text);
        text = "";
      }
    }
    if (text !== "") await this.#sink.write(text);
  }

  async save(): Promise<TextState> {
    return {};
  }

  async end(): Promise<void> {}
}

function jsonOf({ type }: Column): (cell: NonNullable<Cell>) => string {
  switch (type) {
    case "number":
    case "integer":
    case "boolean":
      return String;
    case "datetime":
      return (cell) => `"${isoTime(cell as Date)}"`;
    case "link":
      return (cell) => textJson((cell as { href: string }).href);
    default:
      return (cell) => textJson(cell as string);
  }
}

/** Cells have no lone surrogates, so these are all that JSON escapes (RFC 8259, section 7). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /["\\\u0000-\u001f]/;

function textJson(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}
