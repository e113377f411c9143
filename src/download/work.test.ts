import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Checkpoint, Download } from "./download.ts";
import { divided } from "./old-record.ts";
import { NO_PROGRESS, STARTING_AGAIN } from "./progress.ts";
import { claim, finish, release, request, retry } from "./transitions.ts";
import { advanced, type Mark, progressWith, resumed, type Saved, takenMark, takenSaved } from "./work.ts";
import { decodeMark, decodeSaved, encodeMark, encodeSaved } from "./work-codec.ts";

const NOW = 1_790_000_000_000;
const LIMITS = { maxHandovers: 4, errorRetentionMs: 500 };
const FAILURE = { code: "generation-failed", message: "no luck", retriable: true };
const ASKED = { user: "ann", slot: "default", kind: "cities.csv", params: {} };
const FIRST = claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS);
const CHECKPOINT: Checkpoint = {
  state: 7,
  parts: [{ key: "id/1/0", size: 3, sha256: "ab" }],
  size: 3,
  hash: "h",
};
const MARK: Mark = {
  epoch: 1,
  attempt: 0,
  ranMs: 900,
  progress: { done: 5, total: 10, message: "row 5", fraction: 0.5, etaMs: 100 },
};
const SAVED: Saved = { epoch: 1, attempt: 0, ranMs: 700, checkpoint: CHECKPOINT, madeIn: 1 };

describe("what a holder resumes from", () => {
  it("is the checkpoint, progress and running time of earlier holders", () => {
    const second = claim(FIRST, "b/1", NOW, LIMITS);
    const { progress, checkpoint, ranMs } = resumed(second, MARK, SAVED);
    assert.deepEqual([progress, checkpoint, ranMs], [MARK.progress, CHECKPOINT, 900]);
    assert.deepEqual(resumed(second, null, null), { progress: NO_PROGRESS, checkpoint: null, ranMs: 0 });
    assert.equal(resumed(second, null, SAVED).ranMs, 700);
  });

  it("excludes checkpoints from before the last attempt, but not those of that attempt, and keeps the progress", () => {
    const failed = retry({ ...FIRST, failures: 1, ranMs: 900 }, FAILURE, 3, NOW, 0, LIMITS);
    const last = claim(failed, "b/1", NOW, LIMITS);
    const begun = resumed(last, { ...MARK, attempt: 1 }, SAVED);
    assert.deepEqual([begun.checkpoint, begun.ranMs], [null, 0]);
    assert.deepEqual(begun.progress, MARK.progress);
    const taken = claim(last, "c/1", NOW, LIMITS);
    assert.equal(resumed(taken, MARK, takenSaved(last, SAVED)).checkpoint, null, "taking over makes nothing");
    const made = { ...SAVED, epoch: last.epoch, madeIn: last.epoch };
    assert.deepEqual(resumed(taken, MARK, made).checkpoint, CHECKPOINT);
  });

  it("is unchanged by a takeover, except for a raised epoch", () => {
    const second = claim(FIRST, "b/1", NOW, LIMITS);
    const begun = resumed(second, MARK, SAVED);
    assert.deepEqual(takenMark(second, begun), { ...MARK, epoch: 2 });
    assert.deepEqual(takenSaved(second, SAVED), { ...SAVED, epoch: 2 });
    assert.equal(takenSaved(second, null).checkpoint, null);
  });
});

describe("a file started by another revision", () => {
  const by = (revision: string | null, continues = false) => ({ revision, continues });
  const begun = claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS, by("r1"));

  it("starts over: without checkpoint or running time, with its progress and a message to its user", () => {
    const anew = claim({ ...begun, ranMs: 500 }, "b/1", NOW, LIMITS, by("r2"));
    const { progress, checkpoint, ranMs } = resumed(anew, MARK, SAVED);
    assert.deepEqual([anew.revision, checkpoint, ranMs], ["r2", null, 0]);
    assert.deepEqual(progress, { ...MARK.progress, message: STARTING_AGAIN, etaMs: null });
    assert.deepEqual(progressWith(anew, MARK), progress, "also before its holder has written anything");
  });

  it("starts over for every later holder too, even one that follows before anything new was saved", () => {
    const anew = claim(begun, "b/1", NOW, LIMITS, by("r2"));
    const next = claim(anew, "c/1", NOW, LIMITS, by("r2"));
    const taken = resumed(next, takenMark(anew, resumed(anew, MARK, SAVED)), takenSaved(anew, SAVED));
    assert.deepEqual([taken.checkpoint, taken.ranMs], [null, 0]);
    assert.deepEqual(resumed(next, MARK, SAVED).checkpoint, null);
  });

  it("keeps its message until the earlier progress is passed, unless its generator reports one", () => {
    const anew = claim(begun, "b/1", NOW, LIMITS, by("r2"));
    const mark = takenMark(anew, resumed(anew, MARK, SAVED));
    const said = (done: number, message: string | null) =>
      advanced(mark, { done, total: 10, message }, null, 0).progress.message;
    assert.deepEqual([said(1, null), said(1, "row 1"), said(5, null)], [STARTING_AGAIN, "row 1", null]);
  });

  it("is resumed if its generator allows it, if the revision is the same, or if it was never started", () => {
    for (const making of [by("r2", true), by("r1")]) {
      const next = claim(begun, "b/1", NOW, LIMITS, making);
      assert.deepEqual([next.revision, next.freshSince], [making.revision, 0]);
      assert.deepEqual(resumed(next, MARK, SAVED).checkpoint, CHECKPOINT);
    }
    const fresh = claim({ ...request(ASKED, NOW, "id"), epoch: 3 }, "b/1", NOW, LIMITS, by("r1"));
    assert.deepEqual([fresh.freshSince, fresh.progress.message], [0, null]);
  });

  it("starts over if one of the two revisions is unknown, as after an upgrade", () => {
    assert.equal(claim(FIRST, "b/1", NOW, LIMITS, by("r1")).freshSince, 2);
    assert.equal(claim(begun, "b/1", NOW, LIMITS).freshSince, 2);
    assert.equal(claim(FIRST, "b/1", NOW, LIMITS).freshSince, 0);
  });
});

describe("the displayed progress", () => {
  it("is the later of record and mark, but the record's own if finished", () => {
    const ahead: Download = { ...release(FIRST, 0), progress: { ...MARK.progress, done: 8, fraction: 0.8 } };
    assert.deepEqual(progressWith(ahead, MARK), { ...MARK.progress, done: 8, fraction: 0.8 });
    assert.deepEqual(progressWith(FIRST, MARK), MARK.progress);
    assert.deepEqual(progressWith(FIRST, null), NO_PROGRESS);
    const file = { name: "f", type: "text/csv", size: 3, sha256: "cd", parts: CHECKPOINT.parts };
    const ready = finish({ ...FIRST, progress: MARK.progress }, file, NOW, 9_000);
    assert.equal(progressWith(ready, MARK).fraction, 1);
  });

  it("never decreases, whatever the generator reports", () => {
    const anyTick = fc.record({
      done: fc.oneof(fc.double(), fc.nat(100)),
      total: fc.oneof(fc.constant(null), fc.double(), fc.nat(100)),
      message: fc.constantFrom(null, "row"),
    });
    fc.assert(
      fc.property(fc.array(anyTick, { maxLength: 20 }), (ticks) => {
        let mark = MARK;
        for (const [index, tick] of ticks.entries()) {
          const next = advanced(mark, tick, null, 900 + index);
          assert.ok(next.progress.done >= mark.progress.done);
          assert.ok((next.progress.fraction ?? 0) >= (mark.progress.fraction ?? 0));
          assert.deepEqual(decodeMark(encodeMark(next)).value, next);
          mark = next;
        }
      }),
    );
  });
});

describe("stored work", () => {
  it("is read back unchanged, but refused if damaged or newer", () => {
    assert.deepEqual(decodeMark(encodeMark(MARK)).value, MARK);
    assert.deepEqual(decodeSaved(encodeSaved(SAVED)).value, SAVED);
    assert.match(decodeMark('{"v":1,"epoch":1}').unreadable?.reason ?? "", /its progress /);
    assert.match(decodeSaved('{"v":1,"epoch":-1,"checkpoint":null}').unreadable?.reason ?? "", /its epoch /);
    assert.match(decodeSaved("{}").unreadable?.reason ?? "", /its checkpoint /);
    assert.equal(decodeMark('{"v":2}').unreadable?.isNewer, true);
  });

  it("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        for (const { value, unreadable } of [decodeMark(text), decodeSaved(text)])
          assert.equal(value === null, unreadable !== null);
      }),
    );
  });
});

describe("a record of format 1", () => {
  const { revision, freshSince, ...old } = { ...FIRST, progress: MARK.progress, ranMs: 900 };

  it("is split into slot and work, so that it resumes from its checkpoint", () => {
    const { value } = divided(JSON.stringify({ v: 1, ...old, checkpoint: CHECKPOINT }));
    assert.deepEqual(value?.download, { ...FIRST, progress: MARK.progress, ranMs: 900 });
    const next = claim(value.download, "b/1", NOW, LIMITS);
    const begun = resumed(next, value.mark, value.saved);
    assert.deepEqual([begun.checkpoint, begun.progress, begun.ranMs], [CHECKPOINT, MARK.progress, 900]);
  });

  it("has no work once it is finished, and nothing saved before its first checkpoint", () => {
    const text = JSON.stringify({ v: 1, ...old, state: "error", checkpoint: null, expiresAt: NOW });
    assert.deepEqual([divided(text).value?.mark, divided(text).value?.saved], [null, null]);
    assert.equal(divided(JSON.stringify({ ...old, checkpoint: null })).value?.saved, null);
  });

  it("is refused if it is damaged or has the present format", () => {
    assert.equal(divided("torn").unreadable?.isNewer, false);
    assert.equal(divided(JSON.stringify({ v: 2, ...FIRST })).unreadable?.isNewer, true);
  });
});
