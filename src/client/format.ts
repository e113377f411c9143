/** @module Formats numbers and times with `Intl` in the page's language. */

import type { TimeRange } from "./time-left.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The language of the page, else English: the default words are English too. */
export function pageLocale(): string {
  const language = typeof document === "undefined" ? "" : document.documentElement.lang;
  return isLocale(language) ? language : "en";
}

/** What the browser is set to. */
export function browserSettings(): { locale: string; timeZone: string } {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { locale: navigator.language || "en", timeZone: timeZone || "UTC" };
}

function isLocale(language: string): boolean {
  try {
    return language !== "" && Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}

/** "2–3 min", or "10 sec" for the upper end when the range begins at 0. */
export function timeRange(range: TimeRange, locale: string): string {
  const [unit, unitMs] =
    range.highMs <= MINUTE
      ? (["second", SECOND] as const)
      : range.highMs <= HOUR
        ? (["minute", MINUTE] as const)
        : (["hour", HOUR] as const);
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" });
  const high = Math.round(range.highMs / unitMs);
  const low = Math.round(range.lowMs / unitMs);
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
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: SIZE_UNITS[unit]!,
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);
}

/** "41%" of a whole number from 0 to 100. */
export function percentage(percent: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent" }).format(percent / 100);
}

export function wholeNumber(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

const ENGLISH_ENDINGS: Record<string, string> = { one: "st", two: "nd", few: "rd", other: "th" };

/** "3rd" in English, "3." elsewhere. */
export function ordinal(value: number, locale: string): string {
  if (!/^en\b/i.test(locale)) return `${value}.`;
  return `${value}${ENGLISH_ENDINGS[new Intl.PluralRules(locale, { type: "ordinal" }).select(value)]}`;
}

/**
 * A future time, only as precise as needed: "18:30", "Friday 18:30", "3 March". A server that doesn't know the
 * reader's time zone passes "UTC", and the zone is named.
 */
export function moment(time: string, now: number, locale: string, timeZone?: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "";
  const zone: Intl.DateTimeFormatOptions = timeZone === undefined ? {} : { timeZone };
  const clock: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  if (timeZone !== undefined) clock.timeZoneName = "short";
  const dayOf = (date: Date) =>
    new Intl.DateTimeFormat("en-CA", { dateStyle: "short", ...zone }).format(date);
  const options: Intl.DateTimeFormatOptions =
    dayOf(at) === dayOf(new Date(now))
      ? clock
      : at.getTime() - now < 6 * DAY
        ? { weekday: "long", ...clock }
        : { day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(locale, { ...options, ...zone }).format(at);
}
