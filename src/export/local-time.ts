/** @module What clocks in a time zone show, for millions of instants. */

const DAY_MS = 86_400_000;

/**
 * Gives, for an instant, a `Date` whose UTC fields are what clocks in the time zone show then. Quick: the zone's data
 * is asked once per day that occurs, twice on days on which the clocks change.
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

/** Milliseconds that the zone's clocks are ahead of UTC at a time. */
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
