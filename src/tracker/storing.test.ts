import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { UnavailableError } from "../errors.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { storePart } from "./storing.ts";

function troubled() {
  const clock = new VirtualClock({ seed: 1 });
  const lines: string[] = [];
  const tell = (_fields: Record<string, unknown>, message: string) => void lines.push(message);
  const log: Log = { ...silentLog, info: tell, warn: tell };
  const store = new MemoryFileStore({ clock });
  let isFull = true;
  let tries = 0;
  const files = Object.assign(Object.create(store) as typeof store, {
    put: async (key: string, bytes: Uint8Array) => {
      tries++;
      if (isFull) throw new UnavailableError("disk full");
      await store.put(key, bytes);
    },
  });
  return {
    clock,
    context: { files, clock, log },
    lines,
    free: () => {
      isFull = false;
    },
    tries: () => tries,
  };
}

const BYTE = new Uint8Array([1]);
const SHA256 = createHash("sha256").update(BYTE).digest("hex");

describe("storing a part", () => {
  it("retries every few seconds as long as the store is full, and logs it now and then", async () => {
    const { clock, context, lines, free, tries } = troubled();
    const stored = storePart(context, "a/1/0", BYTE, SHA256, new AbortController().signal);
    await clock.advance(600_000);
    assert.ok(tries() > 100 && tries() < 700, `${tries()} tries in ten minutes`);
    assert.ok(lines.length <= 11, `${lines.length} lines in ten minutes`);
    free();
    await clock.advance(5_000);
    await stored;
    assert.equal(lines.at(-1), "storage available again");
  });

  it("ends at once when the part is no longer needed", async () => {
    const { clock, context, tries } = troubled();
    const stop = new AbortController();
    const stored = assert.rejects(storePart(context, "a/1/0", BYTE, SHA256, stop.signal), {
      code: "aborted",
    });
    await clock.advance(10_000);
    stop.abort();
    await stored;
    const before = tries();
    await clock.advance(60_000);
    assert.equal(tries(), before);
  });
});
