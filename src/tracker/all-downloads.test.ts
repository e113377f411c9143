import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { request } from "../download/transitions.ts";
import { AllDownloads } from "./all-downloads.ts";

const NOW = 1_000_000;

function asked(user: string, id: string): Download {
  return request({ user, slot: "default", kind: "fake", params: null }, NOW, id);
}

function watched() {
  const told: string[] = [];
  const all = new AllDownloads({
    put: ({ id }) => told.push(`put ${id}`),
    removed: (id) => told.push(`removed ${id}`),
  });
  let version = 0;
  const put = (download: Download) =>
    all.apply({ type: "put", key: keyOf(download), version: ++version, download });
  return { told, all, put };
}

describe("all downloads", () => {
  it("has the newest record of each slot; the one before is removed", () => {
    const { told, all, put } = watched();
    put(asked("ann", "a1"));
    put(asked("bob", "b1"));
    put(asked("ann", "a2"));
    assert.deepEqual(told.splice(0), ["put a1", "put b1", "removed a1", "put a2"]);
    assert.deepEqual([...all].map(({ id }) => id).sort(), ["a2", "b1"]);
    assert.equal(all.find("a1"), null);
    assert.equal(all.keyOf("a2"), keyOf(asked("ann", "a2")));
  });

  it("excludes copies kept for readers", () => {
    const { told, all, put } = watched();
    put({ ...asked("ann", "a1"), isReplaced: true });
    assert.deepEqual([told, [...all]], [[], []]);
  });

  it("drops what a new snapshot does not contain", () => {
    const { told, all, put } = watched();
    put(asked("ann", "a1"));
    put(asked("bob", "b1"));
    told.splice(0);
    all.apply({ type: "begin" });
    put(asked("bob", "b1"));
    assert.deepEqual(told.splice(0), ["put b1"]);
    all.apply({ type: "synced" });
    assert.deepEqual(told, ["removed a1"]);
  });
});
