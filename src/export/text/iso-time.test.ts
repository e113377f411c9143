import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { isoTime } from "./iso-time.ts";

it("gives what toISOString gives", () => {
  const instants = fc.date({
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });
  fc.assert(fc.property(instants, (instant) => isoTime(instant) === instant.toISOString()));
  for (let day = 0; day < 20_100; day++) {
    const instant = new Date(day * 86_400_000 + day);
    assert.equal(isoTime(instant), instant.toISOString());
  }
});
