import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Download, isFinished, type StoredFile } from "./download.ts";
import { progressAfter, type Tick } from "./progress.ts";
import {
  claim,
  fail,
  finish,
  forceFail,
  gained,
  isExpired,
  meet,
  outdated,
  release,
  request,
  retry,
  withdraw,
} from "./transitions.ts";

const NOW = 1_000_000;
const MAX_FAILURES = 3;
const LIMITS = { maxHandovers: 4, errorRetentionMs: 500 };
const ASKED = { user: "ann", slot: "default", kind: "cities.csv", params: { country: "FR" } };
const FILE: StoredFile = {
  name: "f",
  type: "text/csv",
  size: 3,
  sha256: "cd",
  parts: [{ key: "id/1/0", size: 3, sha256: "ab" }],
};
const FAILURE = { code: "generation-failed", message: "no luck", retriable: true };

interface Step {
  name: "claim" | "advance" | "gained" | "release" | "retry" | "fail" | "finish" | "withdraw" | "forceFail";
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
/** The record as its holder writes it when it ends it or gives it back. */
function ticked(download: Download, tick: Tick): Download {
  if (download.node === null || isFinished(download)) throw new TypeError("nobody holds it");
  return { ...download, progress: progressAfter(download.progress, tick, 5) };
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: steps("claim", anyNode, (it, node) => claim(it, node, NOW, LIMITS)) },
  { weight: 4, arbitrary: steps("advance", anyTick, ticked) },
  { weight: 2, arbitrary: steps("gained", nothing, gained) },
  { weight: 2, arbitrary: steps("release", nothing, (it) => release(it, NOW)) },
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
      if (step === "advance" || step === "gained" || step === "finish") assert.equal(after.node, before.node);
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

  it("discard checkpoints only before the last attempt, and then all of them", () => {
    holds((before, after) => {
      if (after.freshSince === before.freshSince) return;
      assert.equal(after.failures, MAX_FAILURES - 1);
      assert.equal(after.failures, before.failures + 1);
      assert.equal(after.freshSince, before.epoch + 1);
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
    assert.equal(claim(release(held, NOW), "b/1", NOW, LIMITS).handovers, 0);
  });

  it("fails a download on which the maximum number of holders died", () => {
    let download = held;
    for (let i = 1; i < LIMITS.maxHandovers; i++) download = claim(download, `b/${i}`, NOW, LIMITS);
    assert.equal(download.state, "processing");
    const given = claim(download, "c/1", NOW, LIMITS);
    assert.equal(given.error?.code, "generation-keeps-crashing");
    assert.equal(given.expiresAt, NOW + LIMITS.errorRetentionMs);
  });

  it("resets the handovers of a download that gained bytes", () => {
    const lost = claim(held, "b/1", NOW, LIMITS);
    assert.equal(lost.handovers, 1);
    assert.equal(claim(gained(lost), "c/1", NOW, LIMITS).handovers, 1);
    assert.equal(claim(lost, "c/1", NOW, LIMITS).handovers, 2);
  });
});

describe("retry", () => {
  const held = claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS);

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
    assert.equal(release({ ...held, ranMs: 5_000 }, NOW).ranMs, 5_000);
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

describe("outdated", () => {
  it("expires a record that has not expired yet, and leaves others unchanged", () => {
    const ready = finish(claim(request(ASKED, NOW, "id"), "a/1", NOW, LIMITS), FILE, NOW, 9_000);
    assert.equal(outdated(ready, NOW + 5).expiresAt, NOW + 5);
    assert.equal(outdated(ready, NOW + 50_000).expiresAt, NOW + 9_000);
  });
});
