import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleDownload } from "./contracts/sample-downloads.ts";
import type { SlotEvent } from "./slots.ts";
import { Unseen } from "./unseen.ts";

const put = (key: string): SlotEvent => ({ type: "put", key, version: 1, download: sampleDownload("ann") });
const begin: SlotEvent = { type: "begin" };
const synced: SlotEvent = { type: "synced" };

function goneWith(unseen: Unseen, events: SlotEvent[], held: string[]): string[] {
  return events.flatMap((event) => [...unseen.apply(event, () => held)]);
}

test("keys that were held and not put between begin and synced are gone", () => {
  const unseen = new Unseen();
  assert.deepEqual(goneWith(unseen, [begin, put("a"), put("c"), synced], ["a", "b"]), ["b"]);
  assert.deepEqual(goneWith(unseen, [put("a"), begin, put("a"), synced], ["a", "c"]), ["c"]);
});

test("a removal does not count as a put, and a restarted snapshot counts from its beginning", () => {
  const unseen = new Unseen();
  const removed: SlotEvent = { type: "remove", key: "a", version: 1 };
  const events = [begin, put("b"), begin, removed, put("c"), synced];
  assert.deepEqual(goneWith(unseen, events, ["a", "b", "c"]), ["a", "b"]);
});

test("a watcher that joins during a snapshot can't know what was put before", () => {
  const unseen = new Unseen();
  unseen.begin(["a", "b"]);
  assert.deepEqual(goneWith(unseen, [put("a"), synced], ["a", "b"]), ["b"]);
});
