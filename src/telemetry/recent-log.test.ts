import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Fields, Log } from "../ports/log.ts";
import { keepRecent } from "./recent-log.ts";

/** A log that counts what it is given. */
function counting(): Log & { count: number } {
  const log = { count: 0 } as Log & { count: number };
  const write = (_fields: Fields) => {
    log.count += 1;
  };
  return Object.assign(log, { debug: write, info: write, warn: write, error: write, child: () => log });
}

describe("the recent lines of a log", () => {
  it("are those from info on, with the fields of their log, in order", () => {
    const below = counting();
    let now = 5;
    const { log, lines } = keepRecent(below, { now: () => now });
    const child = log.child({ download: "d1", epoch: 2 });
    child.debug({}, "too detailed");
    child.info({ sizeBytes: 7 }, "file is ready");
    now = 6;
    log.error({ error: new Error("no space\nleft") }, "sweep failed");
    assert.equal(below.count, 3);
    assert.deepEqual(lines(), [
      {
        at: 5,
        level: "info",
        message: "file is ready",
        fields: { download: "d1", epoch: "2", sizeBytes: "7" },
      },
      { at: 6, level: "error", message: "sweep failed", fields: { error: "no space\\u000aleft" } },
    ]);
  });

  it("hold no secret, and are bounded in number and length", () => {
    const { log, lines } = keepRecent(counting(), { now: () => 0 });
    for (let line = 0; line < 1_500; line += 1) log.info({ line }, "again");
    log.warn({ password: "hunter2", text: "x".repeat(5_000) }, "the last");
    assert.equal(lines().length, 1_000);
    const last = lines().at(-1);
    assert.equal(last?.message, "the last");
    assert.doesNotMatch(JSON.stringify(last), /hunter2/);
    assert.ok((last?.fields.text?.length ?? 0) <= 300);
  });
});
