/** @module Comma-separated values: RFC 4180, with the options that spreadsheets in different countries need. */

import type { Cell, Row } from "../cell.ts";
import type { Column } from "../column.ts";
import type { Sink, Table, TableFormat, TableWriter } from "../format.ts";
import { localTimes } from "../local-time.ts";
import { isoTime } from "./iso-time.ts";

export interface CsvOptions {
  /** One character. Default ",". Spreadsheets of countries with a decimal comma expect ";". */
  separator?: string;
  /** Decimal separator of numbers. Default ".". */
  decimal?: "." | ",";
  /** Default "\r\n", as in RFC 4180. */
  lineEnd?: "\r\n" | "\n";
  /** Begins the file with a byte order mark: Excel reads a file without one as Windows-1252. Default false. */
  bom?: boolean;
  /** The first line: the columns' titles, their keys (for programs), or none. Default "titles". */
  header?: "titles" | "keys" | "none";
  /**
   * "escape" puts an apostrophe before text that a spreadsheet would run as a formula, see `isFormula`; numbers and
   * dates are unchanged. "keep" writes the text unchanged, for programs that compare it. Default "escape".
   */
  formulas?: "escape" | "keep";
  /**
   * How instants are written. "local": in the request's time zone, as "2026-02-28 13:00:00". Default "utc": ISO 8601.
   */
  times?: "utc" | "local";
}

/** Approximate amount of text written at once, in UTF-16 units. */
const CHUNK = 128 * 1024;

/**
 * Text that a spreadsheet treats as a formula: it begins with =, +, -, @, a tab, a carriage return, a line feed, or the
 * full-width forms of the first four (OWASP, "CSV Injection").
 */
export function isFormula(text: string): boolean {
  switch (text.charCodeAt(0)) {
    case 0x3d: // =
    case 0x2b: // +
    case 0x2d: // -
    case 0x40: // @
    case 0x09:
    case 0x0a:
    case 0x0d:
    case 0xff1d:
    case 0xff0b:
    case 0xff0d:
    case 0xff20:
      return true;
    default:
      return false;
  }
}

/** CSV in UTF-8. Each row is a record; a missing value is an empty field, and an empty text is `""`. */
export function csv(options: CsvOptions = {}): TableFormat<"csv", TextState> {
  const { separator = ",", decimal = ".", lineEnd = "\r\n", bom = false, header = "titles" } = options;
  const { formulas = "escape", times = "utc" } = options;
  if (typeof separator !== "string" || !/^[^"\r\n\ufeff\ud800-\udfff0-9A-Za-z.+-]$/.test(separator)) {
    throw new TypeError(
      `csv(): separator must be one character such as ";", not ${JSON.stringify(separator)}`,
    );
  }
  oneOf("decimal", decimal, [".", ","]);
  oneOf("lineEnd", lineEnd, ["\r\n", "\n"]);
  oneOf("header", header, ["titles", "keys", "none"]);
  oneOf("formulas", formulas, ["escape", "keep"]);
  oneOf("times", times, ["utc", "local"]);
  if (decimal === separator)
    throw new TypeError(`csv(): separator and decimal must differ, both are "${decimal}"`);
  const settings = { separator, decimal, lineEnd, bom, header, escapes: formulas === "escape", times };
  return {
    name: "csv",
    extension: "csv",
    type: `text/csv; charset=utf-8; header=${header === "none" ? "absent" : "present"}`,
    open: (table, sink, _warnings, state) => new CsvWriter(table, sink, settings, state !== undefined),
  };
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return;
  const shown = allowed.map((one) => JSON.stringify(one)).join(" or ");
  throw new TypeError(`csv(): ${name} must be ${shown}, not ${JSON.stringify(value)}`);
}

/** The file can be resumed after any row, without a state. */
type TextState = Record<string, never>;

type Settings = {
  separator: string;
  decimal: string;
  lineEnd: string;
  bom: boolean;
  header: "titles" | "keys" | "none";
  escapes: boolean;
  times: "utc" | "local";
};

/** To resume, it only needs to know that the header was written. */
class CsvWriter implements TableWriter<TextState> {
  readonly #sink: Sink;
  readonly #settings: Settings;
  readonly #fields: readonly ((cell: NonNullable<Cell>) => string)[];
  #head: string;

  constructor(table: Table, sink: Sink, settings: Settings, goesOn: boolean) {
    this.#sink = sink;
    this.#settings = settings;
    const text = textField(settings);
    this.#fields = table.columns.map((column) => fieldOf(column, table, settings, text));
    const names = table.columns.map(({ key, title }) => text(settings.header === "keys" ? key : title));
    const titles = names.join(settings.separator) + settings.lineEnd;
    this.#head = goesOn ? "" : (settings.bom ? "\ufeff" : "") + (settings.header === "none" ? "" : titles);
  }

  async append(rows: readonly Row[]): Promise<void> {
    const { separator, lineEnd } = this.#settings;
    const fields = this.#fields;
    let text = this.#head;
    this.#head = "";
    for (const row of rows) {
      for (let index = 0; index < fields.length; index++) {
        const cell = row[index];
        if (index > 0) text += separator;
        if (cell !== null && cell !== undefined) text += fields[index]!(cell);
        // Many readers would skip an empty line.
        else if (fields.length === 1) text += '""';
      }
      text += lineEnd;
      if (text.length >= CHUNK) {
        await this.#sink.write(text);
        text = "";
      }
    }
    if (text !== "") await this.#sink.write(text);
  }

  /** Null before the first line is written: a writer that goes on leaves it out. */
  async save(): Promise<TextState | null> {
    return this.#head === "" ? {} : null;
  }

  async end(): Promise<void> {
    if (this.#head !== "") await this.#sink.write(this.#head);
  }
}

/** Writes text: quoted where RFC 4180, section 2 requires it, and where it begins or ends with a space. */
function textField({ separator, escapes }: Settings): (text: string) => string {
  const awkward = new RegExp(`["\\r\\n${separator.replace(/[\\\]^]/g, "\\$&")}]|^ | $|^$`);
  return (given) => {
    const text = escapes && isFormula(given) ? `'${given}` : given;
    return awkward.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
}

function fieldOf(
  { type }: Column,
  { timeZone }: Table,
  { separator, decimal, times }: Settings,
  text: (text: string) => string,
): (cell: NonNullable<Cell>) => string {
  switch (type) {
    case "text":
      return (cell) => text(cell as string);
    case "link":
      return (cell) => text((cell as { href: string }).href);
    case "number":
      return decimal === "." ? String : (cell) => String(cell).replace(".", decimal);
    case "datetime": {
      if (times === "utc") return (cell) => isoTime(cell as Date);
      const local = localTimes(timeZone);
      const quote = separator === ":" || separator === " " ? '"' : "";
      return (cell) =>
        `${quote}${isoTime(local(cell as Date))
          .slice(0, 19)
          .replace("T", " ")}${quote}`;
    }
    default:
      return String;
  }
}
