import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Checkpoint, type Download, isFinished, type StoredFile } from "./download.ts";
import type { Tick } from "./progress.ts";
import {
  advance,
  checkpointed,
  claim,
  fail,
  finish,
  isExpired,
  meet,
  release,
  request,
  retry,
} from "./transitions.ts";

const NOW = 1_000_000;
const MAX_FAILURES = 3;
const LIMITS = { maxHandovers: 4, errorRetentionMs: 500 };
const ASKED = { user: "ann", slot: "default", kind: "cities.csv", params: { country: "FR" } };
const CHECKPOINT: Checkpoint = {
  state: 7,
  parts: [{ key: "id/1/0", size: 3, sha256: "ab" }],
  size: 3,
  hash: "h",
};
const FILE: StoredFile = { name: "f", type: "text/csv", size: 3, sha256: "cd", parts: CHECKPOINT.parts };
const FAILURE = { code: "generation-failed", message: "no luck", retriable: true };

type Step = (download: Download) => Download;

/** Whatever a generator may say. */
const anyTick: fc.Arbitrary<Tick> = fc.record({
  done: fc.oneof(fc.double(), fc.nat(100)),
  total: fc.oneof(fc.constant(null), fc.double(), fc.nat(100)),
  message: fc.constantFrom(null, "row"),
});

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("a/1", "b/1", "b/2").map(
      (node): Step =>
        (d) =>
          claim(d, node, NOW, LIMITS),
    ),
  },
  {
    weight: 4,
    arbitrary: anyTick.map(
      (tick): Step =>
        (d) =>
          advance(d, tick, 5),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Step>((d) => checkpointed(d, CHECKPOINT)) },
  { weight: 2, arbitrary: fc.constant<Step>(release) },
  {
    weight: 2,
    arbitrary: fc
      .record({ retriable: fc.boolean(), random: fc.double({ min: 0, max: 0.999, noNaN: true }) })
      .map(
        ({ retriable, random }): Step =>
          (d) =>
            retry(d, { ...FAILURE, retriable }, MAX_FAILURES, NOW, random, LIMITS),
      ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((d) => fail(d, FAILURE, NOW, LIMITS)) },
  { weight: 1, arbitrary: fc.constant<Step>((d) => finish(d, FILE, NOW, 9_000)) },
);

/** Every step that the record allows, one after the other; a refused step leaves it as it was. */
function walk(steps: Step[], look: (before: Download, after: Download) => void): Download {
  let download = request(ASKED, NOW, "id");
  for (const step of steps) {
    let next: Download;
    try {
      next = step(download);
    } catch (error) {
      assert.ok(error instanceof TypeError, "a step is refused as a programmer's mistake");
      continue;
    }
    look(download, next);
    download = next;
  }
  return download;
}

function holds(property: (before: Download, after: Download) => void): void {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      walk(steps, property);
    }),
    { numRuns: 300 },
  );
}

describe("transitions, in any sequence", () => {
  it("raise the epoch by one at a claim and never else", () => {
    holds((before, after) => {
      const isClaim = after.epoch !== before.epoch;
      if (isClaim) assert.equal(after.epoch, before.epoch + 1);
      assert.equal(isClaim, after.epoch > before.epoch);
      if (after.node !== before.node && after.node !== null)
        assert.ok(isClaim, "a new holder without a claim");
    });
  });

  it("never let progress fall, and say 1 only of a file", () => {
    holds(({ progress: was }, { progress: is, state }) => {
      assert.ok(is.done >= was.done, `${was.done} -> ${is.done}`);
      assert.ok((is.fraction ?? 0) >= (was.fraction ?? 0), `${was.fraction} -> ${is.fraction}`);
      assert.equal(is.fraction === 1, state === "ready");
    });
  });

  it("leave what is finished alone", () => {
    holds((before) => assert.ok(!isFinished(before)));
  });

  it("keep the counters within their limits", () => {
    holds((_, { failures, handovers, state }) => {
      assert.ok(failures <= MAX_FAILURES);
      assert.ok(handovers <= LIMITS.maxHandovers);
      if (state !== "error") assert.ok(failures < MAX_FAILURES && handovers < LIMITS.maxHandovers);
    });
  });

  it("keep the record consistent, and fit for JSON", () => {
    holds((before, after) => {
      assert.equal(after.state === "pending" || after.state === "error", after.node === null);
      assert.equal(after.state === "ready", after.file !== null);
      assert.equal(after.state === "error", after.error !== null);
      assert.equal(isFinished(after), after.expiresAt !== null && after.finishedAt !== null);
      if (before.startedAt !== null) assert.equal(after.startedAt, before.startedAt);
      assert.deepEqual(JSON.parse(JSON.stringify(after)), after);
    });
  });

  it("drop the checkpoint only at the end or before the last attempt", () => {
    holds((before, after) => {
      if (before.checkpoint === null || after.checkpoint !== null || isFinished(after)) return;
      assert.equal(after.failures, MAX_FAILURES - 1);
      assert.equal(after.failures, before.failures + 1);
    });
  });

  it("do not change what they are given", () => {
    holds((before) => assert.deepEqual(before, JSON.parse(JSON.stringify(before))));
  });
});

describe("claim", () => {
  const held = claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS);

  it("counts a handover when it takes the place of a dead holder", () => {
    assert.equal(held.handovers, 0);
    assert.equal(claim(held, "b/1", NOW, LIMITS).handovers, 1);
    assert.equal(claim(release(held), "b/1", NOW, LIMITS).handovers, 0);
  });

  it("gives up a download that killed as many holders as it may", () => {
    let download = held;
    for (let i = 1; i < LIMITS.maxHandovers; i++) download = claim(download, `b/${i}`, NOW, LIMITS);
    assert.equal(download.state, "processing");
    const given = claim(download, "c/1", NOW, LIMITS);
    assert.equal(given.error?.code, "generation-keeps-crashing");
    assert.equal(given.expiresAt, NOW + LIMITS.errorRetentionMs);
  });

  it("forgets the handovers of a download that got on: only a checkpoint with more bytes clears it", () => {
    const lost = claim(held, "b/1", NOW, LIMITS);
    const further = checkpointed(lost, CHECKPOINT);
    assert.equal(further.handovers, 0);
    assert.equal(checkpointed(claim(further, "c/1", NOW, LIMITS), CHECKPOINT).handovers, 1);
  });
});

describe("retry", () => {
  const held = checkpointed(claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS), CHECKPOINT);

  it("waits twice as long each time, give or take a half, and a minute at the most", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const after = retry({ ...held, failures }, FAILURE, 100, NOW, random, LIMITS);
        const step = Math.min(60_000, 1_000 * 2 ** failures);
        assert.ok(after.notBefore >= NOW + step * 0.5 && after.notBefore <= NOW + step * 1.5);
      }),
    );
  });

  it("ends at once what is not worth another attempt", () => {
    const after = retry(held, { ...FAILURE, retriable: false }, 3, NOW, 0, LIMITS);
    assert.equal(after.state, "error");
    assert.equal(after.failures, 1);
  });
});

describe("meet", () => {
  const running = request(ASKED, NOW, "id");

  it("joins an equal one, refuses another, replaces what is over", () => {
    const other = request({ ...ASKED, params: {} }, NOW, "other");
    const ready = finish(claim(running, "a/1", NOW, LIMITS), FILE, NOW, 9_000);
    assert.equal(meet(running, running, NOW), "join");
    assert.equal(meet(running, other, NOW), "refuse");
    assert.equal(meet(ready, running, NOW), "replace");
    assert.equal(isExpired(ready, NOW + 8_999), false);
    assert.equal(isExpired(ready, NOW + 9_000), true);
    assert.equal(isExpired(running, Number.MAX_SAFE_INTEGER), false);
  });
});
