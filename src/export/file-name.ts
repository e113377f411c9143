/** @module The name of an export's file: its subject, and the day of the request. */

/** "cities-2026-02-28.csv": the day is that of `requestedAt` in the time zone. */
export function exportFileName(base: string, extension: string, requestedAt: Date, timeZone: string): string {
  return `${base}-${dayIn(requestedAt, timeZone)}.${extension}`;
}

function dayIn(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(instant);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}
