/** @module Formats numbers, sizes, times and lists with `Intl`. */

import { DAY, HOUR, MINUTE, SECOND } from "./durations.ts";
import type { TimeRange } from "./time-left.ts";

/** What the browser is set to. */
export function browserSettings(): { locale: string; timeZone: string } {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { locale: navigator.language || "en", timeZone: timeZone || "UTC" };
}

/** Making a formatter costs more than a hundred uses of it, and a list needs many at each step of a progress. */
const formatters = new Map<string, unknown>();

function kept<Formatter>(locale: string, options: object, make: () => Formatter): Formatter {
  const key = locale + JSON.stringify(options);
  const formatter = (formatters.get(key) as Formatter | undefined) ?? make();
  formatters.set(key, formatter);
  return formatter;
}

function numbers(locale: string, options: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  return kept(locale, options, () => new Intl.NumberFormat(locale, options));
}

function dates(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept(locale, options, () => new Intl.DateTimeFormat(locale, options));
}

/** "2–3 min", "3–4 days", or "10 sec" for the upper end when the range begins at 0. */
export function timeRange({ lowMs, highMs }: TimeRange, locale: string): string {
  const [unit, unitMs] =
    highMs <= MINUTE
      ? (["second", SECOND] as const)
      : highMs <= HOUR
        ? (["minute", MINUTE] as const)
        : highMs <= 2 * DAY
          ? (["hour", HOUR] as const)
          : (["day", DAY] as const);
  const format = numbers(locale, {
    style: "unit",
    unit,
    unitDisplay: unit === "day" ? "long" : "short",
    maximumFractionDigits: 0,
  });
  const high = Math.ceil(highMs / unitMs);
  const low = Math.floor(lowMs / unitMs);
  return low === 0 || low === high ? format.format(high) : format.formatRange(low, high);
}

const SIZE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "12.3 MB": decimal units, as in today's file managers. */
export function fileSize(bytes: number, locale: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SIZE_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return numbers(locale, {
    style: "unit",
    unit: SIZE_UNITS[unit]!,
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}

/** "41%" of a whole number from 0 to 100. */
export function percentage(percent: number, locale: string): string {
  return numbers(locale, { style: "percent" }).format(percent / 100);
}

export function wholeNumber(value: number, locale: string): string {
  return numbers(locale, { maximumFractionDigits: 0 }).format(value);
}

/** "a, b, c", with the language's own separators. */
export function list(items: readonly string[], locale: string): string {
  const options = { type: "unit", style: "short" } as const;
  return kept(locale, options, () => new Intl.ListFormat(locale, options)).format(items);
}

/** "5 min. ago", "yesterday"; null for less than a minute, for which the language has no good phrase. */
export function age(time: string, now: number, locale: string): string | null {
  const passed = now - Date.parse(time);
  if (!(passed >= MINUTE)) return null;
  const [unit, unitMs] =
    passed < HOUR
      ? (["minute", MINUTE] as const)
      : passed < DAY
        ? (["hour", HOUR] as const)
        : (["day", DAY] as const);
  const options = { style: "short", numeric: "auto" } as const;
  const format = kept(locale, options, () => new Intl.RelativeTimeFormat(locale, options));
  return format.format(-Math.floor(passed / unitMs), unit);
}

/**
 * A future time, only as precise as needed: "18:30", "Friday 18:30", "3 March". A server that doesn't know the
 * reader's time zone passes "UTC", and the zone is named. `short` is for lists: "Fri 18:30".
 */
export function moment(
  time: string,
  now: number,
  locale: string,
  { timeZone, short = false }: { timeZone?: string | undefined; short?: boolean } = {},
): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "";
  const zone: Intl.DateTimeFormatOptions = timeZone === undefined ? {} : { timeZone };
  const clock: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  if (timeZone !== undefined) clock.timeZoneName = "short";
  const dayOf = (date: number | Date) => dates("en-CA", { dateStyle: "short", ...zone }).format(date);
  const options: Intl.DateTimeFormatOptions =
    dayOf(at) === dayOf(now)
      ? clock
      : at.getTime() - now < 6 * DAY
        ? { weekday: short ? "short" : "long", ...clock }
        : { day: "numeric", month: short ? "short" : "long" };
  return dates(locale, { ...options, ...zone }).format(at);
}
