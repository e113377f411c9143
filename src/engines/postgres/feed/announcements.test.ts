import assert from "node:assert/strict";
import { test } from "node:test";
import { type Announced, payloadsOf, readAnnouncement } from "./announcements.ts";

const row = (key: string, text: string | null): Announced => ({ key, version: 7, xid: "748", text });

test("rows survive, whatever their text holds", () => {
  const rows = [row("a.b", 'line\nbreak "quoted" 🚀'), row("c.d", null), { ...row("e.f", ""), xid: null }];
  const payloads = payloadsOf("71/1", rows);
  assert.equal(payloads.length, 1);
  assert.deepEqual(readAnnouncement(payloads[0]!), { life: "71/1", rows });
});

test("no payload is larger than the server accepts, and no row is lost without a hint to look", () => {
  const rows = [3_000, 3_000, 3_000, 9_000, 10, 7_700].map((size, index) =>
    row(`key-${index}`, "ä".repeat(size / 2)),
  );
  const payloads = payloadsOf("life", rows);
  for (const payload of payloads)
    assert.ok(Buffer.byteLength(payload) < 8_000, `${Buffer.byteLength(payload)}`);
  const said = payloads.flatMap((payload) => readAnnouncement(payload)!.rows);
  assert.deepEqual(
    said.map((each) => each?.key ?? null),
    ["key-0", "key-1", "key-2", "key-4", "key-5", null],
  );
});

test("nothing to say is no payload; one large row is a hint", () => {
  assert.deepEqual(payloadsOf("life", []), []);
  assert.deepEqual(payloadsOf("life", [row("a", "x".repeat(8_000))]), ["life\n?"]);
});

test("what no node sends is ignored", () => {
  const others = [
    "",
    "life",
    "life\n[]",
    "life\nnull",
    'life\n["a","7","748",null]',
    'life\n["a",7,"x",null]',
  ];
  const lines = [...others, 'life\n["a",7,"748",5]', "life\n{", 'life\n[1,7,"748",null]'];
  for (const payload of lines) assert.deepEqual(readAnnouncement(payload)?.rows ?? [], [], payload);
});
