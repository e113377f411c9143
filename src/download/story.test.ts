import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeDownload, encodeDownload } from "./codec.ts";
import type { Download, StoredFile } from "./download.ts";
import { keyOf } from "./key.ts";
import { MOST_STORY_EVENTS } from "./story.ts";
import { claim, fail, finish, lost, release, request, retry, withdraw } from "./transitions.ts";

const LIMITS = { maxHandovers: 5, errorRetentionMs: 500 };
const FAILURE = { code: "generation-failed", message: "no luck", retriable: true };
const FILE: StoredFile = { name: "f", type: "text/csv", size: 0, sha256: "cd", parts: [] };
const ASKED = request({ user: "ann", slot: "default", kind: "k", params: null }, 1, "id");

describe("the story of a download", () => {
  it("has its claims, moves and failures in order, each with its time and node", () => {
    const moved = claim(claim(ASKED, "a/1", 2, LIMITS), "b/1", 3, LIMITS);
    const failed = retry(moved, FAILURE, 3, 4, 0, LIMITS);
    const again = claim(failed, "a/2", 5, LIMITS, { revision: "r2", continues: false });
    const given = release(again, 6);
    const ready = finish(claim(given, "c/1", 7, LIMITS), FILE, 8, 900);
    assert.deepEqual(lost(ready, 9, LIMITS).story, {
      events: [
        { type: "requested", at: 1 },
        { type: "claimed", at: 2, node: "a/1", epoch: 1 },
        { type: "claimed", at: 3, node: "b/1", epoch: 2, from: "a/1" },
        { type: "attempt-failed", at: 4, node: "b/1", code: "generation-failed", message: "no luck" },
        { type: "claimed", at: 5, node: "a/2", epoch: 3, anew: true },
        { type: "released", at: 6, node: "a/2" },
        { type: "claimed", at: 7, node: "c/1", epoch: 4, anew: true },
        { type: "ready", at: 8, node: "c/1" },
        { type: "lost", at: 9 },
      ],
      dropped: 0,
    });
  });

  it("ends with the failure of a download that no node holds", () => {
    const { story } = fail(withdraw(ASKED, 2, 3, LIMITS), FAILURE, 4, LIMITS);
    assert.deepEqual(
      story.events.map(({ type, at }) => [type, at]),
      [
        ["requested", 1],
        ["withdrawn", 3],
        ["failed", 4],
      ],
    );
  });

  it("keeps the request and the latest events of a download that moves without end", () => {
    let download = ASKED;
    for (let at = 2; at < 2 + 2 * MOST_STORY_EVENTS; at += 2)
      download = release(claim(download, "a/1", at, LIMITS), at + 1);
    const { events, dropped } = download.story;
    assert.equal(events.length, MOST_STORY_EVENTS);
    assert.equal(dropped, MOST_STORY_EVENTS + 1);
    assert.deepEqual(events[0], { type: "requested", at: 1 });
    assert.deepEqual(events.at(-1), { type: "released", at: 1 + 2 * MOST_STORY_EVENTS, node: "a/1" });
  });

  it("has only the beginning of a long message", () => {
    const long = { ...FAILURE, message: "x".repeat(5_000) };
    const { story } = fail(ASKED, long, 2, LIMITS);
    assert.ok((story.events.at(-1)?.message?.length ?? 0) <= 200);
  });

  it("of a record of an earlier version is made from its times", () => {
    const ready = finish(claim(ASKED, "a/1", 2, LIMITS), FILE, 8, 900);
    assert.deepEqual(read({ ...ready, story: undefined }).story.events, [
      { type: "requested", at: 1 },
      { type: "claimed", at: 2, node: "a/1", epoch: 1 },
      { type: "ready", at: 8, node: "a/1" },
    ]);
  });

  it("survives damage: what can't be read is left out", () => {
    const events = [{ type: "requested", at: 1 }, { type: "invented", at: 2 }, { type: "ready" }, null];
    const story = { events, dropped: -3 } as unknown as Download["story"];
    assert.deepEqual(read({ ...ASKED, story }).story, {
      events: [{ type: "requested", at: 1 }],
      dropped: 0,
    });
    const checkpoints = { count: "many" } as unknown as Download["checkpoints"];
    assert.deepEqual(read({ ...ASKED, checkpoints }).checkpoints, { count: 0, at: null });
  });
});

function read(download: Omit<Download, "story"> & { story: Download["story"] | undefined }): Download {
  const { value } = decodeDownload(keyOf(download), encodeDownload(download as Download));
  assert.ok(value);
  return value;
}
