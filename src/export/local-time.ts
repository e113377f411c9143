/** @module Local times in a time zone, for millions of instants. */

const DAY_MS = 86_400_000;

/**
 * Returns, for an instant, a `Date` whose UTC fields are the local time in the zone. Fast: the zone's data is queried
 * once per day that occurs, and twice on days with a clock change.
 */
export function localTimes(timeZone: string): (instant: Date) => Date {
  if (timeZone === "UTC") return (instant) => instant;
  const offsetAt = offsets(timeZone);
  const byDay = new Map<number, number>();
  const offsetAtStart = (day: number) => {
    const known = byDay.get(day);
    if (known !== undefined) return known;
    const offset = offsetAt(day * DAY_MS);
    if (byDay.size > 50_000) byDay.clear();
    byDay.set(day, offset);
    return offset;
  };
  return (instant) => {
    const time = instant.getTime();
    const day = Math.floor(time / DAY_MS);
    const offset = offsetAtStart(day);
    return new Date(time + (offset === offsetAtStart(day + 1) ? offset : offsetAt(time)));
  };
}

/** The zone's offset from UTC at a time, in milliseconds. */
function offsets(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn-hc-h23", {
    timeZone,
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (time) => {
    const fields: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(time)) fields[type] = value;
    const year = fields.era?.startsWith("B") ? 1 - Number(fields.year) : Number(fields.year);
    const shown = new Date(0);
    shown.setUTCFullYear(year, Number(fields.month) - 1, Number(fields.day));
    shown.setUTCHours(Number(fields.hour), Number(fields.minute), Number(fields.second));
    return shown.getTime() - Math.floor(time / 1_000) * 1_000;
  };
}
