/** @module The user's choices in an export beside the application's parameters: columns, language, time zone. */

import { nearest } from "../text/nearest.ts";
import { valueName } from "../text/value-name.ts";

/** The choices in a request. */
export interface ChoicesInput {
  /** Keys of columns, in the order of the file; a single one may be a string. Default: the selected ones. */
  columns?: string | readonly string[];
  /** BCP 47, such as "de-CH". Default: the export's. */
  locale?: string;
  /** IANA, such as "Europe/Zurich". Default: the export's. */
  timeZone?: string;
}

export interface Choices {
  columns: string[];
  locale: string;
  timeZone: string;
}

/** A column as far as choices need it. */
export interface Choosable {
  readonly key: string;
  readonly optional: boolean;
  readonly selected: boolean;
}

export interface ChoiceIssue {
  readonly message: string;
  readonly path: [keyof Choices];
}

const LONGEST_NAME = 64;

/** The choices, or what is wrong with them. */
export function checkChoices(
  given: { columns?: unknown; locale?: unknown; timeZone?: unknown },
  columns: readonly Choosable[],
  defaults: { locale: string; timeZone: string },
): { choices: Choices } | { issues: ChoiceIssue[] } {
  const issues: ChoiceIssue[] = [];
  const check = <Value>(name: keyof Choices, read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      issues.push({ message: (error as Error).message, path: [name] });
      return undefined;
    }
  };
  const keys = check("columns", () => columnsOf(given.columns, columns));
  const locale = check("locale", () => localeOf(given.locale ?? defaults.locale));
  const timeZone = check("timeZone", () => timeZoneOf(given.timeZone ?? defaults.timeZone));
  return issues.length > 0
    ? { issues }
    : { choices: { columns: keys!, locale: locale!, timeZone: timeZone! } };
}

/** The chosen columns, and the required ones, named or not. */
function columnsOf(given: unknown, columns: readonly Choosable[]): string[] {
  if (given === undefined || given === null) {
    return columns.filter(({ selected }) => selected).map(({ key }) => key);
  }
  const keys = typeof given === "string" ? [given] : given;
  if (!Array.isArray(keys)) throw new Error(`expected a list of columns, not ${valueName(given)}`);
  const known = columns.map(({ key }) => key);
  const chosen = new Set<string>();
  for (const key of keys as unknown[]) {
    if (typeof key !== "string") throw new Error(`expected names of columns, not ${valueName(key)}`);
    if (!known.includes(key)) throw new Error(unknownColumn(key, known));
    chosen.add(key);
  }
  const missing = columns.filter(({ key, optional }) => !optional && !chosen.has(key));
  if (chosen.size + missing.length === 0) throw new Error("expected at least one column, not none");
  if (missing.length === 0) return [...chosen];
  // In the declared order: a request does not determine the position of required columns it does not name.
  return known.filter((key) => chosen.has(key) || missing.some((column) => column.key === key));
}

function unknownColumn(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const hint = meant === null ? `available: ${known.join(", ").slice(0, 500)}` : `did you mean ${meant}?`;
  return `unknown column ${JSON.stringify(key.slice(0, LONGEST_NAME))} (${hint})`;
}

/** A locale in its canonical form. Throws an `Error` that says what was expected. */
export function localeOf(given: unknown): string {
  if (typeof given === "string" && given.length <= LONGEST_NAME) {
    try {
      const [locale] = Intl.getCanonicalLocales(given);
      if (locale !== undefined) return locale;
    } catch {}
  }
  throw new Error(`expected a language tag such as "de-CH", not ${shown(given)}`);
}

/** A time zone as given, if it is known. Throws an `Error` that says what was expected. */
export function timeZoneOf(given: unknown): string {
  if (typeof given === "string" && given.length <= LONGEST_NAME) {
    try {
      return new Intl.DateTimeFormat("en", { timeZone: given }).resolvedOptions().timeZone;
    } catch {}
  }
  throw new Error(`expected a time zone such as "Europe/Zurich", not ${shown(given)}`);
}

function shown(given: unknown): string {
  return typeof given === "string" && given !== ""
    ? JSON.stringify(given.slice(0, LONGEST_NAME))
    : valueName(given);
}
