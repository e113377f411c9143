import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { defineGenerator } from "./generator.ts";

const base = { kind: "csv", file: { name: "a.csv", type: "text/csv" }, run() {} };

function declare(changes: Record<string, unknown>) {
  return defineGenerator({ ...base, ...changes } as typeof base);
}

describe("defineGenerator", () => {
  it("has defaults for all but kind, file and run", () => {
    const { file, run, ...defaults } = declare({});
    assert.deepEqual(defaults, {
      kind: "csv",
      params: undefined,
      state: undefined,
      isolation: "process",
      stallMs: 60_000,
      timeoutMs: 21_600_000,
      memoryMb: 512,
      maxFailures: 3,
      checkpointMs: 500,
      retentionMs: undefined,
      reuse: undefined,
      revision: undefined,
      onRevisionChange: "restart",
      revisionWaitMs: 600_000,
    });
  });

  it("accepts times of months, and 0 only for checkpointMs", () => {
    const month = 30 * 86_400_000;
    const { stallMs, timeoutMs, retentionMs, checkpointMs } = declare({
      stallMs: month,
      timeoutMs: 100 * month,
      retentionMs: 36.5 * month,
      checkpointMs: 0,
    });
    assert.deepEqual([stallMs, timeoutMs, retentionMs, checkpointMs], [month, 100 * month, 36.5 * month, 0]);
  });

  it("accepts reuse as { freshForMs } only", () => {
    assert.deepEqual(declare({ reuse: { freshForMs: 60_000 } }).reuse, { freshForMs: 60_000 });
    for (const reuse of [
      null,
      60_000,
      {},
      { freshForMs: 0 },
      { freshForMs: "1" },
      { freshForMs: Number.NaN },
    ]) {
      assert.throws(
        () => declare({ reuse }),
        /generator csv: reuse must be \{ freshForMs \}, a number from 1 to/,
      );
    }
  });

  it("rejects invalid options, and says what was expected and given", () => {
    const wrong: [changes: Record<string, unknown>, message: RegExp][] = [
      [{ kind: "a b" }, /kind must be 1 to 64 letters.* not "a b"/],
      [{ kind: undefined }, /not undefined/],
      [{ run: undefined }, /generator csv: run must be a function, not undefined/],
      [{ file: undefined }, /file must return \{ name, type \}, not undefined/],
      [{ file: { name: "a" } }, /type must be a media type/],
      [{ file: { name: "", type: "text/csv" } }, /name must be/],
      [{ params: { type: "object" } }, /params must be a schema .* not an object/],
      [{ state: { after: 0 } }, /state must be a schema .* not an object/],
      [{ params: z.string }, /params must be a schema .* not a function/],
      [{ isolation: "worker" }, /isolation must be "process" or "inline", not "worker"/],
      [{ maxFailure: 1 }, /unknown option "maxFailure" \(did you mean maxFailures\?\)/],
      [{ qqqqqqq: 1 }, /unknown option "qqqqqqq" \(available: kind, /],
      [{ maxFailures: 1.5 }, /maxFailures must be a whole number, not 1\.5/],
      [{ revision: "" }, /revision must be 1 to 64 printable ASCII characters, not ""/],
      [{ revision: "a\nb" }, /not "a\\nb"/],
      [{ revision: "x".repeat(65) }, /revision must be 1 to 64/],
      [{ revision: 7 }, /not the number 7/],
      [{ onRevisionChange: "stop" }, /must be "restart", "wait" or "continue", not "stop"/],
      [{ revisionWaitMs: -1 }, /revisionWaitMs must be a number from 0 to \d+, not the number -1/],
      [{ checkpointMs: -1 }, /checkpointMs must be a number from 0 to \d+, not the number -1/],
      ...["stallMs", "timeoutMs", "memoryMb", "maxFailures", "retentionMs"].flatMap((name) =>
        [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, "500", null, 5n].map(
          (value): [Record<string, unknown>, RegExp] => [
            { [name]: value },
            new RegExp(`^generator csv: ${name} must be a number from 1 to \\d+, not `),
          ],
        ),
      ),
    ];
    for (const [changes, message] of wrong) {
      assert.throws(
        () => declare(changes),
        { name: "TypeError", message },
        JSON.stringify(Object.keys(changes)),
      );
    }
    assert.throws(() => defineGenerator(null as never), /not null/);
  });
});
