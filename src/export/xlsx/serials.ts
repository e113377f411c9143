/** @module Days as spreadsheets count them. */

const DAY_MS = 86_400_000;
/** 1899-12-30: in the 1900 system the day with the number 0, as seen from the days since 1900-03-01. */
const DAY_ZERO = Date.UTC(1899, 11, 30);
/**
 * The count takes 1900 for a leap year, as Lotus 1-2-3 did: programs disagree about the days before this one.
 */
const FIRST = Date.UTC(1900, 2, 1);

/** The serial number of a time whose UTC fields are to be shown; null for those before 1900-03-01. */
export function serialOf(time: number): number | null {
  return time < FIRST ? null : (time - DAY_ZERO) / DAY_MS;
}

/** Of a day written "YYYY-MM-DD". */
export function serialOfDay(day: string): number | null {
  // Date.UTC would take the years 1 to 99 for those of the twentieth century.
  if (day < "1900") return null;
  return serialOf(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))));
}
