import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeDownload, encodeDownload, RECORD_FORMAT } from "./codec.ts";
import type { Download } from "./download.ts";
import { downloadKey, keyOf } from "./key.ts";
import { claim, finish, request } from "./transitions.ts";

const NOW = 1_790_000_000_000;
const ASKED = { user: "ann", slot: "default", kind: "cities.csv", params: { country: "FR" } };
const KEY = keyOf(ASKED);
const WAITING = request(ASKED, NOW, "id");
const FILE = {
  name: "cities.csv",
  type: "text/csv",
  size: 3,
  sha256: "ab",
  parts: [{ key: "id/1/0", size: 3, sha256: "ab" }],
};
const READY = finish(claim(WAITING, "n/1", NOW, { maxHandovers: 5, errorRetentionMs: 1 }), FILE, NOW, 1_000);

function decoded(changes: Record<string, unknown>, of: Download = READY) {
  return decodeDownload(KEY, JSON.stringify({ ...of, ...changes }));
}

describe("stored records", () => {
  it("are read back unchanged", () => {
    for (const download of [WAITING, READY]) {
      assert.deepEqual(decodeDownload(KEY, encodeDownload(download)).value, download);
    }
  });

  it("get defaults for fields that an earlier version did not write, and keep unknown fields", () => {
    const { failures, handovers, ticket, ranMs, backoffMs, unclaimedSince, params, ...old } = WAITING;
    const { revision, freshSince, ...older } = old;
    const { value } = decodeDownload(KEY, JSON.stringify({ ...older, later: 1 }));
    assert.deepEqual(value, { ...WAITING, params: {}, later: 1 });
  });

  it("are repaired where they are only displayed: a damaged one breaks no list", () => {
    const shown = decoded({
      progress: { done: "x", total: -1, message: 5, fraction: 7 },
      file: { ...FILE, name: 42, type: "no type" },
    }).value!;
    assert.deepEqual(shown.progress, { done: 0, total: -1, message: null, fraction: null, etaMs: null });
    assert.deepEqual([shown.file?.name, shown.file?.type], ["download", "application/octet-stream"]);
    assert.equal(decoded({ file: { ...FILE, name: "a\u202Eb/c" } }).value?.file?.name, "a_b_c");
    assert.deepEqual(decoded({ state: "error", error: { message: 5 } }).value?.error, {
      code: "generation-failed",
      message: "The file could not be generated.",
      retriable: true,
    });
  });

  it("are refused if they would lead to wrong decisions, with the field but not its content", () => {
    const wrong: [changes: Record<string, unknown>, reason: RegExp][] = [
      [{ id: 5 }, /its id /],
      [{ state: "done" }, /its state /],
      [{ epoch: -1 }, /its epoch /],
      [{ epoch: 1.5 }, /its epoch /],
      [{ requestedAt: null }, /its requestedAt /],
      [{ expiresAt: 1e300 }, /its expiresAt /],
      [{ file: null }, /ready but has no file/],
      [{ file: { ...FILE, size: "3" } }, /its file\.size /],
      [{ file: { ...FILE, parts: [null] } }, /its file\.parts /],
      [{ freshSince: -1 }, /its freshSince /],
      [{ user: "bob" }, /another key/],
      [{ slot: "a b" }, /another key/],
      [{ v: "x" }, /format version/],
    ];
    for (const [changes, reason] of wrong) {
      const { unreadable } = decoded(changes);
      assert.match(unreadable?.reason ?? "", reason);
      assert.equal(unreadable?.isNewer, false);
    }
  });

  it("are accepted in the history only under their own id", () => {
    assert.deepEqual(decodeDownload(downloadKey("ann", "id"), encodeDownload(READY)).value, READY);
    const { unreadable } = decodeDownload(downloadKey("ann", "other"), encodeDownload(READY));
    assert.match(unreadable?.reason ?? "", /another key/);
  });

  it("of a later version are recognised, with the id of their download", () => {
    const { unreadable } = decoded({ v: RECORD_FORMAT + 1, parts: "elsewhere" });
    assert.deepEqual([unreadable?.isNewer, unreadable?.id], [true, "id"]);
  });

  it("yield their id even when truncated", () => {
    assert.equal(decodeDownload(KEY, encodeDownload(READY).slice(0, 60)).unreadable?.id, "id");
  });

  it("never throw, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        assert.equal(decodeDownload(KEY, text).value, null);
      }),
    );
    const field = fc.constantFrom(...Object.keys(READY));
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => {
        const { value: download, unreadable } = decoded({ [name]: value });
        assert.equal(download === null, unreadable !== null);
      }),
      { numRuns: 1_000 },
    );
  });
});
