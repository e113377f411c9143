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
  forceFail,
  isExpired,
  meet,
  release,
  request,
  retry,
  withdraw,
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

interface Step {
  name:
    | "claim"
    | "advance"
    | "checkpoint"
    | "release"
    | "retry"
    | "fail"
    | "finish"
    | "withdraw"
    | "forceFail";
  take(download: Download): Download;
}

/** Anything that a generator may report. */
const anyTick: fc.Arbitrary<Tick> = fc.record({
  done: fc.oneof(fc.double(), fc.nat(100)),
  total: fc.oneof(fc.constant(null), fc.double(), fc.nat(100)),
  message: fc.constantFrom(null, "row"),
});

const anyNode = fc.constantFrom("a/1", "b/1", "b/2");
const anyRetry = fc.record({
  retriable: fc.boolean(),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

function steps<Chance>(
  name: Step["name"],
  chance: fc.Arbitrary<Chance>,
  take: (download: Download, chance: Chance) => Download,
): fc.Arbitrary<Step> {
  return chance.map((drawn) => ({ name, take: (download) => take(download, drawn) }));
}

const nothing = fc.constant(null);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: steps("claim", anyNode, (it, node) => claim(it, node, NOW, LIMITS)) },
  { weight: 4, arbitrary: steps("advance", anyTick, (it, tick) => advance(it, tick, 5)) },
  { weight: 2, arbitrary: steps("checkpoint", nothing, (it) => checkpointed(it, CHECKPOINT)) },
  { weight: 2, arbitrary: steps("release", nothing, release) },
  {
    weight: 2,
    arbitrary: steps("retry", anyRetry, (it, { retriable, random }) =>
      retry(it, { ...FAILURE, retriable }, MAX_FAILURES, NOW, random, LIMITS),
    ),
  },
  { weight: 1, arbitrary: steps("fail", nothing, (it) => fail(it, FAILURE, NOW, LIMITS)) },
  { weight: 1, arbitrary: steps("finish", nothing, (it) => finish(it, FILE, NOW, 9_000)) },
  {
    weight: 1,
    arbitrary: steps("withdraw", fc.constantFrom(null, NOW), (it, since) => withdraw(it, since, NOW, LIMITS)),
  },
  { weight: 1, arbitrary: steps("forceFail", nothing, (it) => forceFail(it, FAILURE, NOW, LIMITS)) },
);

type Property = (before: Download, after: Download, step: Step["name"]) => void;

/** Every transition that the record allows, one after the other; a refused one leaves it unchanged. */
function walk(taken: Step[], look: Property): Download {
  let download = request(ASKED, NOW, "id");
  for (const { name, take } of taken) {
    let next: Download;
    try {
      next = take(download);
    } catch (error) {
      assert.ok(error instanceof TypeError, "a step is refused as a programmer's mistake");
      continue;
    }
    look(download, next, name);
    download = next;
  }
  return download;
}

function holds(property: Property): void {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (taken) => {
      walk(taken, property);
    }),
    { numRuns: 300 },
  );
}

describe("transitions, in any sequence", () => {
  it("increment the epoch when the holder loses it without asking, and only then", () => {
    holds((before, after, step) => {
      const isTaken = step === "claim" || step === "withdraw" || step === "forceFail";
      assert.equal(after.epoch, before.epoch + (isTaken ? 1 : 0), step);
    });
  });

  it("set a holder only by a claim, and keep it while it makes progress", () => {
    holds((before, after, step) => {
      if (step === "advance" || step === "checkpoint" || step === "finish")
        assert.equal(after.node, before.node);
      else if (step !== "claim") assert.equal(after.node, null, step);
    });
  });

  it("make it wait only after a failure, and only until it is claimed", () => {
    holds((before, after, step) => {
      if (step === "retry" && after.state === "pending") assert.ok(after.backoffMs > 0);
      else if (step === "claim" && !isFinished(after)) assert.equal(after.backoffMs, 0);
      else assert.equal(after.backoffMs, before.backoffMs, step);
    });
  });

  it("never decrease progress, and report 1 only for a file", () => {
    holds(({ progress: was }, { progress: is, state }) => {
      assert.ok(is.done >= was.done, `${was.done} -> ${is.done}`);
      assert.ok((is.fraction ?? 0) >= (was.fraction ?? 0), `${was.fraction} -> ${is.fraction}`);
      assert.equal(is.fraction === 1, state === "ready");
    });
  });

  it("leave finished records unchanged", () => {
    holds((before) => assert.ok(!isFinished(before)));
  });

  it("keep the counters within their limits", () => {
    holds((_, { failures, handovers, state }) => {
      assert.ok(failures <= MAX_FAILURES);
      assert.ok(handovers <= LIMITS.maxHandovers);
      if (state !== "error") assert.ok(failures < MAX_FAILURES && handovers < LIMITS.maxHandovers);
    });
  });

  it("keep the record consistent and serialisable", () => {
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

  it("do not modify their arguments", () => {
    holds((before) => assert.deepEqual(before, JSON.parse(JSON.stringify(before))));
  });
});

describe("claim", () => {
  const held = claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS);

  it("counts a handover when it replaces a dead holder", () => {
    assert.equal(held.handovers, 0);
    assert.equal(claim(held, "b/1", NOW, LIMITS).handovers, 1);
    assert.equal(claim(release(held), "b/1", NOW, LIMITS).handovers, 0);
  });

  it("fails a download on which the maximum number of holders died", () => {
    let download = held;
    for (let i = 1; i < LIMITS.maxHandovers; i++) download = claim(download, `b/${i}`, NOW, LIMITS);
    assert.equal(download.state, "processing");
    const given = claim(download, "c/1", NOW, LIMITS);
    assert.equal(given.error?.code, "generation-keeps-crashing");
    assert.equal(given.expiresAt, NOW + LIMITS.errorRetentionMs);
  });

  it("resets the handovers only at a checkpoint with more bytes", () => {
    const lost = claim(held, "b/1", NOW, LIMITS);
    const further = checkpointed(lost, CHECKPOINT);
    assert.equal(further.handovers, 0);
    assert.equal(checkpointed(claim(further, "c/1", NOW, LIMITS), CHECKPOINT).handovers, 1);
  });
});

describe("retry", () => {
  const held = checkpointed(claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS), CHECKPOINT);

  it("doubles the wait each time, half more or less, up to a minute", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
        const { backoffMs } = retry({ ...held, failures }, FAILURE, 100, NOW, random, LIMITS);
        const stepMs = Math.min(60_000, 1_000 * 2 ** failures);
        assert.ok(backoffMs >= stepMs * 0.5 && backoffMs <= stepMs * 1.5);
      }),
    );
  });

  it("gives the next attempt its full time", () => {
    const after = retry({ ...held, ranMs: 5_000 }, FAILURE, 100, NOW, 0, LIMITS);
    assert.equal(after.ranMs, 0);
    assert.equal(release({ ...held, ranMs: 5_000 }).ranMs, 5_000);
  });

  it("fails at once if a retry is pointless", () => {
    const after = retry(held, { ...FAILURE, retriable: false }, 3, NOW, 0, LIMITS);
    assert.equal(after.state, "error");
    assert.equal(after.failures, 1);
  });
});

describe("withdraw", () => {
  const held = claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS);

  it("records since when no node can make it; a claim, or a withdraw without a time, clears that", () => {
    const withdrawn = withdraw(request(ASKED, NOW, "id"), NOW - 5, NOW, LIMITS);
    assert.equal(withdrawn.unclaimedSince, NOW - 5);
    assert.equal(claim(withdrawn, "a/1", NOW, LIMITS).unclaimedSince, null);
    assert.equal(withdraw(withdrawn, null, NOW, LIMITS).unclaimedSince, null);
  });

  it("takes it from a dead holder, which counts as a handover", () => {
    const withdrawn = withdraw(held, NOW, NOW, LIMITS);
    assert.deepEqual(
      [withdrawn.state, withdrawn.node, withdrawn.epoch, withdrawn.handovers],
      ["pending", null, held.epoch + 1, 1],
    );
  });
});

describe("meet", () => {
  const running = request(ASKED, NOW, "id");

  it("joins an equal one, refuses a different one, replaces a finished one", () => {
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
