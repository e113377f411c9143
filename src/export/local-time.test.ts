import assert from "node:assert/strict";
import { it } from "node:test";
import { localTimes } from "./local-time.ts";

for (const [zone, instant, shown] of [
  ["Europe/Zurich", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59"],
  ["Europe/Zurich", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"],
  ["Europe/Zurich", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00"],
  ["Asia/Kathmandu", "2026-12-31T18:15:00Z", "2027-01-01T00:00:00"],
  ["America/St_Johns", "2026-01-01T00:00:00.250Z", "2025-12-31T20:30:00"],
  ["Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59"],
  ["Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"],
  ["UTC", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00"],
  ["Europe/Zurich", "1969-12-31T23:00:00Z", "1970-01-01T00:00:00"],
] as const) {
  it(`in ${zone}, the local time is ${shown} at ${instant}`, () => {
    assert.equal(localTimes(zone)(new Date(instant)).toISOString().slice(0, 19), shown);
  });
}

it("agrees with Intl for every hour of a year with daylight saving time", () => {
  const local = localTimes("Australia/Lord_Howe");
  const format = new Intl.DateTimeFormat("sv", {
    timeZone: "Australia/Lord_Howe",
    dateStyle: "short",
    timeStyle: "medium",
  });
  for (let time = Date.UTC(2026, 0); time < Date.UTC(2027, 0); time += 3_600_000) {
    assert.equal(local(new Date(time)).toISOString().slice(0, 19).replace("T", " "), format.format(time));
  }
});
