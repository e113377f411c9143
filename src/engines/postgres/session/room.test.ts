import assert from "node:assert/strict";
import { test } from "node:test";
import { UnavailableError } from "../../../errors.ts";
import { Room } from "./room.ts";

const refusal = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: "ERROR" });

test("a refusal for want of room is told for a while, and logged once", () => {
  let now = 0;
  const logged: unknown[] = [];
  const room = new Room({ monotonic: () => now }, { error: (...words: unknown[]) => logged.push(words) });
  room.note(refusal("53300", "too many clients"));
  room.note(new UnavailableError("away"));
  assert.equal(room.shortage(), null);
  const full = refusal("53100", "could not extend file: No space left on device");
  room.note(full);
  assert.match(room.shortage()!, /disk is full: could not extend file/);
  now = 4_000;
  room.note(full);
  now = 8_000;
  assert.notEqual(room.shortage(), null);
  now = 9_000;
  assert.equal(room.shortage(), null);
  assert.equal(logged.length, 1);
});
