/** @module Serial numbers of days in spreadsheets. */

const DAY_MS = 86_400_000;
/** 1899-12-30: day 0 of the 1900 system, counting back from 1900-03-01. */
const DAY_ZERO = Date.UTC(1899, 11, 30);
/**
 * The system treats 1900 as a leap year, as Lotus 1-2-3 did: programs disagree about earlier days.
 */
const FIRST = Date.UTC(1900, 2, 1);

/** The serial number of a time given by its UTC fields; null before 1900-03-01. */
export function serialOf(time: number): number | null {
  return time < FIRST ? null : (time - DAY_ZERO) / DAY_MS;
}

/** The serial number of a day written "YYYY-MM-DD". */
export function serialOfDay(day: string): number | null {
  // Date.UTC would treat the years 1 to 99 as 1901 to 1999.
  if (day < "1900") return null;
  return serialOf(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))));
}
