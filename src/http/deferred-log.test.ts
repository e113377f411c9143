import assert from "node:assert/strict";
import { test } from "node:test";
import { UnavailableError } from "../errors.ts";
import { ann, manualClock, recordingLog, testApp } from "./app.testing.ts";
import { createDeferredLog } from "./deferred-log.ts";
import { createSeldomLog } from "./seldom-log.ts";

test("repeated messages are logged every 10 s, with the latest reason and the number left out", () => {
  const [clock, log] = [manualClock(), recordingLog()];
  const tell = createDeferredLog(createSeldomLog(log, clock));
  for (let count = 0; count < 35; count++) {
    tell(new UnavailableError(`away for ${count} s`), { path: "/readyz" }, "put off");
    clock.advance(1_000);
  }
  clock.advance(60_000);
  const told = log.lines.map(({ level, fields, message }) => [level, message, fields.reason, fields.leftOut]);
  assert.deepEqual(told, [
    ["warn", "put off", "away for 0 s", undefined],
    ["warn", "put off", "away for 9 s", 8],
    ["warn", "put off", "away for 19 s", 9],
    ["warn", "put off", "away for 29 s", 9],
    ["warn", "put off", "away for 34 s", 4],
  ]);
});

test("one message hides no other, and a quiet interval starts over", () => {
  const [clock, log] = [manualClock(), recordingLog()];
  const tell = createDeferredLog(createSeldomLog(log, clock));
  tell(new Error("a"), {}, "one");
  tell(new Error("b"), {}, "other");
  clock.advance(10_000);
  tell(new Error("c"), {}, "one");
  assert.deepEqual(
    log.lines.map(({ fields }) => fields),
    [{ reason: "a" }, { reason: "b" }, { reason: "c" }],
  );
});

test("requests refused by a node in trouble are logged once and without stacks", async () => {
  const log = recordingLog();
  const { app, carryout, clock } = testApp({ log });
  carryout.troubled = "disconnected";
  for (const path of ["/downloads/events", "/readyz", "/downloads/events"]) {
    assert.equal((await app.request(path, { headers: ann })).status, 503);
  }
  clock.advance(10_000);
  assert.deepEqual(log.lines, [
    {
      level: "warn",
      fields: { path: "/downloads/events", reason: "disconnected" },
      message: "request deferred: engine unavailable",
    },
    {
      level: "warn",
      fields: { path: "/downloads/events", reason: "disconnected", leftOut: 1 },
      message: "request deferred: engine unavailable",
    },
  ]);
});
