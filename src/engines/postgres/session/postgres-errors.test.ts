import assert from "node:assert/strict";
import { test } from "node:test";
import { UnavailableError } from "../../../errors.ts";
import { ConnectionLost, endsConnection, kindOf, translated } from "./postgres-errors.ts";

const ofServer = (code: string, severity = "ERROR") => Object.assign(new Error("words"), { code, severity });

test("errors are told apart by what helps", () => {
  const lost = new ConnectionLost("gone", { sent: true });
  const again = ["08006", "08P01", "40P01", "40001", "57P01", "57P03", "57014", "53300", "55P03", "25006"];
  for (const code of again) assert.equal(kindOf(ofServer(code)), "again", code);
  for (const error of [lost, new UnavailableError("away")]) assert.equal(kindOf(error), "again");
  for (const code of ["53100", "53200", "58030", "XX001"])
    assert.equal(kindOf(ofServer(code)), "unavailable", code);
  const refused = ["28P01", "3D000", "42501", "42P01", "22021", "57P04"];
  for (const code of refused) assert.equal(kindOf(ofServer(code)), "refused", code);
  assert.equal(kindOf(new TypeError("a mistake")), "refused");
});

test("callers get errors of Carryout, with their cause", () => {
  const full = ofServer("53100");
  const told = translated(full);
  assert.deepEqual([told.code, told.retriable, told.details.isFull], ["unavailable", true, true]);
  assert.equal(told.cause, full);
  assert.equal(translated(ofServer("40P01")).code, "unavailable");
  const refused = translated(ofServer("42501"));
  assert.deepEqual(
    [refused.code, refused.message],
    ["store-unusable", "PostgreSQL refused: words (SQLSTATE 42501)"],
  );
  assert.equal(translated(told), told);
});

test("a connection survives the errors of statements, unless its server went or became a standby", () => {
  assert.equal(endsConnection(ofServer("23505")), false);
  assert.equal(endsConnection(ofServer("57P01", "FATAL")), true);
  assert.equal(endsConnection(ofServer("25006")), true);
  // The code of a system call has five letters as well.
  assert.equal(endsConnection(Object.assign(new Error("broken"), { code: "EPIPE" })), true);
});
