import assert from "node:assert/strict";
import { test } from "node:test";
import { UnreadableRecords } from "../../tracker/unreadable.ts";
import { checkRecords } from "./cluster.ts";

test("the first five unreadable records are named with the reason", () => {
  const unreadable = new UnreadableRecords();
  assert.equal(checkRecords(unreadable.list()).verdict, "ok");
  for (let version = 1; version <= 7; version++) {
    const reason = "its id is missing or wrong";
    const key = `dXNlcg.s${version}`;
    unreadable.apply({ type: "remove", key, version, unreadable: { reason, id: null, isNewer: false } });
  }
  const { verdict, found, advice } = checkRecords(unreadable.list());
  assert.equal(verdict, "warn");
  const lines = found.split("\n");
  assert.equal(lines[1], "dXNlcg.s1: its id is missing or wrong");
  assert.deepEqual([lines.length, lines.at(-1)], [7, "and 2 more"]);
  assert.match(advice ?? "", /a new request for the same slot replaces/);
  for (let version = 8; version <= 14; version++) {
    unreadable.apply({ type: "remove", key: `dXNlcg.s${version - 7}`, version });
  }
  assert.equal(checkRecords(unreadable.list()).verdict, "ok");
});
