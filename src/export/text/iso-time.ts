/** @module Instants as ISO 8601, for millions of them. */

const DAY_MS = 86_400_000;
const MOST_DAYS = 10_000;

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, number) => String(number).padStart(3, "0"));

const days = new Map<number, string>();

/** What `toISOString` gives, in a third of the time where few days occur. For the years 0 to 9999. */
export function isoTime(instant: Date): string {
  const time = instant.getTime();
  const day = Math.floor(time / DAY_MS);
  let text = days.get(day);
  if (text === undefined) {
    if (days.size >= MOST_DAYS) days.clear();
    text = new Date(day * DAY_MS).toISOString().slice(0, 11);
    days.set(day, text);
  }
  const rest = time - day * DAY_MS;
  const seconds = Math.floor(rest / 1_000);
  const minutes = Math.floor(seconds / 60);
  return `${text}${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}.${THREE_DIGITS[rest % 1_000]}Z`;
}
