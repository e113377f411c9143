/** @module Days and moments of the browser's time zone, as the server compares them. */

const twoDigits = (value: number) => String(value).padStart(2, "0");

/** `YYYY-MM-DD` of a local date. */
export function localDay(date: Date): string {
  const year = String(date.getFullYear()).padStart(4, "0");
  return `${year}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** The instant at which a local day begins, or the one `days` later. */
export function startOfDay(day: string, days = 0): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const start = new Date(year, month - 1, date + days);
  // The constructor takes the years 0 to 99 as 1900 to 1999.
  if (year < 100) start.setFullYear(year, month - 1, date + days);
  return start.toISOString();
}

/** Reads `YYYY-MM-DD`, `YYYY-MM-DD hh:mm:ss` or `YYYY-MM-DDThh:mm:ss` in the local time zone; null if it is neither. */
export function parseLocal(text: string): Date | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match
    .slice(1)
    .map((part) => Number(part ?? 0)) as number[];
  const date = new Date(year!, month! - 1, day, hour, minute, second);
  if (year! < 100) date.setFullYear(year!, month! - 1, day);
  return Number.isNaN(date.getTime()) ? null : date;
}
