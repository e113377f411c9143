import assert from "node:assert/strict";
import { test } from "node:test";
import { finishedDownload, sampleDownload } from "../ports/contracts/sample-downloads.ts";
import { RecentSlots } from "./recent-slots.ts";

test("of the slots that changed last, the records are given in the version that is known, once", () => {
  const recent = new RecentSlots();
  const put = (key: string, version: number, download = sampleDownload(key)) =>
    recent.apply({ type: "put", key, version, download });
  put("a", 1);
  put("a", 2);
  put("b", 3);
  assert.equal(recent.take("a", 1), null);
  assert.equal(recent.take("a", 2)?.version, 2);
  assert.equal(recent.take("a", 2), null);
  recent.apply({ type: "remove", key: "b", version: 4 });
  assert.equal(recent.take("b", 3), null);
  put("c", 5, finishedDownload("c", "id"));
  assert.equal(recent.take("c", 5), null);
  for (let version = 10; version < 1_000; version += 1) put(`k${version}`, version);
  assert.equal(recent.take("k10", 10), null);
  assert.equal(recent.take("k999", 999)?.key, "k999");
});
