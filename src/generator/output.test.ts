import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { systemClock } from "../clock/system.ts";
import type { Json } from "../download/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { Job } from "./executor.ts";
import { loadFileHash } from "./file-hash.ts";
import { LARGEST_STATE_BYTES } from "./limits.ts";
import { Output } from "./output.ts";
import { type RecordedCheckpoint, RecordingHost, sha256 } from "./recording-host.testing.ts";

/** A manual clock that fires timers when it is advanced. */
function manualClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    ...systemClock,
    monotonic: () => now,
    sleep: async () => {},
    after: (ms, callback) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { callback } of due) callback();
    },
  };
}

interface Setup {
  host?: RecordingHost;
  clock?: Clock;
  checkpointMs?: number;
  resume?: Job["resume"];
}

function open({ host = new RecordingHost(), clock = manualClock(), checkpointMs = 0, resume = null }: Setup) {
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  const output = new Output({ host, clock, checkpointMs, resume, onFailure });
  return { output, host, failures };
}

/** A generator's calls: pieces of the file, each optionally followed by a checkpoint. */
const scripts = fc.array(
  fc.record({
    piece: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 0, max: 700_000 }).map((size) => new Uint8Array(size).fill(size)),
    ),
    checkpoint: fc.boolean(),
    wait: fc.boolean(),
  }),
  { maxLength: 12 },
);
type Script = typeof scripts extends fc.Arbitrary<infer Value> ? Value : never;

async function play(output: Output, script: Script, from: number): Promise<{ size: number; sha256: string }> {
  for (const [index, { piece, checkpoint, wait }] of script.entries()) {
    if (index < from) continue;
    const written = output.write(piece);
    if (wait) await written;
    if (checkpoint) await output.checkpoint({ next: index + 1 });
  }
  return output.finish();
}

const nextOf = ({ state }: RecordedCheckpoint): number => (state as { next: number }).next;

describe("Output", () => {
  before(loadFileHash);

  it("makes the same file however it is split, and from whichever checkpoint it resumes", async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const expected = Buffer.concat(script.map(({ piece }) => Buffer.from(piece as Uint8Array)));
        const { output, host } = open({});
        const outcome = await play(output, script, 0);
        assert.deepEqual(outcome, { size: expected.length, sha256: sha256(expected) });
        assert.ok(host.bytes().equals(expected));
        assert.equal(host.checkpoints.length, script.filter(({ checkpoint }) => checkpoint).length);

        for (const checkpoint of host.checkpoints) {
          const again = open(host.resumeAt(checkpoint));
          assert.deepEqual(await play(again.output, script, nextOf(checkpoint)), outcome);
          assert.ok(again.host.bytes().equals(expected));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has no parts for a file without bytes", async () => {
    const { output, host } = open({});
    await output.write("");
    assert.deepEqual(await output.finish(), { size: 0, sha256: sha256(new Uint8Array()) });
    assert.equal(host.parts.length, 0);
  });

  for (const { size, part } of [
    { size: 2 ** 20, part: 256 * 1024 },
    { size: 2 ** 28, part: 4 * 2 ** 20 },
    { size: 2 ** 30, part: 8 * 2 ** 20 },
    { size: 12 * 2 ** 30, part: 12 * 2 ** 20 },
    { size: 2 ** 37, part: 16 * 2 ** 20 },
  ]) {
    it(`cuts parts of ${part / 2 ** 20} MiB at ${size / 2 ** 20} MiB`, async () => {
      const { output, host } = open({ resume: await resumeWithSize(size) });
      const lengths: number[] = [];
      host.part = async (bytes) => void lengths.push(bytes.length);
      await output.write(new Uint8Array(part + 1));
      await output.finish();
      assert.deepEqual(lengths, [part, 1]);
    });
  }

  it("uses the buffers of stored parts again", async () => {
    const { output, host } = open({});
    const buffers = new Set<ArrayBufferLike>();
    host.part = async (bytes) => void buffers.add(bytes.buffer);
    for (let part = 0; part < 20; part++) await output.write(new Uint8Array(256 * 1024));
    await output.finish();
    assert.ok(buffers.size <= 3, `${buffers.size} buffers`);
  });

  it("holds two parts under way and a third in hand, and then lets the generator wait", async () => {
    const { output, host } = open({});
    const stored: (() => void)[] = [];
    host.part = () => new Promise<void>((resolve) => stored.push(resolve));
    const part = new Uint8Array(256 * 1024);
    await output.write(part);
    await output.write(part);
    let hasRoom = false;
    const third = output.write(part).then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    assert.equal(stored.length, 2);
    assert.equal(hasRoom, false);
    stored.shift()?.();
    await third;
    assert.equal(stored.length, 2);
  });

  it("saves a checkpoint only when one is due", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock, checkpointMs: 500 });
    const offer = (state: Json) => output.checkpoint(state);
    await offer("at the start");
    clock.advance(499);
    await offer("just before");
    assert.equal(host.checkpoints.length, 0);
    clock.advance(1);
    await output.write("bytes");
    await offer("due");
    await offer("due no more");
    assert.deepEqual(
      host.checkpoints.map(({ state, size }) => [state, size]),
      [["due", 5]],
    );
  });

  it("saves at most one checkpoint per percent of the run's time", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock, checkpointMs: 500 });
    for (let second = 0; second < 3600; second++) {
      clock.advance(1000);
      await output.write("x");
      await output.checkpoint(second);
    }
    assert.ok(host.checkpoints.length > 400, `${host.checkpoints.length} are too few`);
    assert.ok(host.checkpoints.length < 600, `${host.checkpoints.length} are too many`);
  });

  it("works at least as long as the last save took, from its end on, but not for longer than 5 s", async () => {
    for (const [saveMs, pauseMs] of [
      [100, 500],
      [2_000, 2_000],
      [20_000, 5_000],
    ] as const) {
      const clock = manualClock();
      const { output, host } = open({ clock, checkpointMs: 500 });
      const saved: Json[] = [];
      host.checkpoint = async (state) => {
        clock.advance(saveMs);
        saved.push(state);
      };
      clock.advance(500);
      await output.checkpoint("first");
      await output.checkpoint("at once");
      clock.advance(pauseMs - 1);
      await output.checkpoint("just before");
      clock.advance(1);
      await output.checkpoint("due");
      assert.deepEqual(saved, ["first", "due"], `saves take ${saveMs} ms`);
    }
  });

  it("counts the wait for parts as part of the save", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock, checkpointMs: 500 });
    const saved: Json[] = [];
    host.part = async () => clock.advance(3_000);
    host.checkpoint = async (state) => void saved.push(state);
    clock.advance(500);
    await output.write("bytes");
    await output.checkpoint("first");
    clock.advance(2_999);
    await output.checkpoint("just before");
    clock.advance(1);
    await output.checkpoint("due");
    assert.deepEqual(saved, ["first", "due"]);
  });

  it("saves the next checkpoint when hurried, once", async () => {
    const { output, host } = open({ checkpointMs: 3_600_000 });
    await output.checkpoint(1);
    output.hurry();
    await output.checkpoint(2);
    await output.checkpoint(3);
    assert.deepEqual(
      host.checkpoints.map(({ state }) => state),
      [2],
    );
  });

  it("reports when hurrying is pointless", async () => {
    const { output, host } = open({ checkpointMs: 0 });
    output.hurry();
    assert.equal(host.timesAllSaved, 1, "nothing was made yet");
    await output.write("bytes");
    output.hurry();
    assert.equal(host.timesAllSaved, 1, "bytes are in no checkpoint");
    const saving = output.checkpoint(1);
    output.hurry();
    assert.equal(host.timesAllSaved, 1, "it is not durable yet");
    await saving;
    output.hurry();
    assert.equal(host.timesAllSaved, 2);
    const finished = output.finish();
    output.hurry();
    await finished;
    assert.equal(host.timesAllSaved, 2, "the file itself is about to be ready");
  });

  it("does not treat a checkpoint that was not due as saved", async () => {
    const { output, host } = open({ checkpointMs: 3_600_000 });
    await output.checkpoint(1);
    output.hurry();
    assert.equal(host.timesAllSaved, 0);
  });

  it("saves a checkpoint after the parts before it are durable", async () => {
    const { output, host } = open({});
    const part = Promise.withResolvers<void>();
    host.part = () => part.promise;
    let isSaved = false;
    host.checkpoint = async () => {
      isSaved = true;
    };
    await output.write("bytes");
    const checkpoint = output.checkpoint(1);
    await new Promise(setImmediate);
    assert.equal(isSaved, false);
    part.resolve();
    await checkpoint;
    assert.equal(isSaved, true);
  });

  it("takes bytes in every shape", async () => {
    const bytes = Uint8Array.of(44, 1, 255, 255);
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared).set(bytes);
    const chunks = [
      bytes,
      Buffer.from(bytes),
      bytes.buffer,
      shared,
      new Uint16Array(bytes.buffer),
      new DataView(bytes.buffer),
      new Float32Array(bytes.buffer),
      new Uint8Array(shared),
      Uint8Array.of(0, ...bytes, 0).subarray(1, 5),
    ];
    const { output, host } = open({});
    for (const chunk of chunks) await output.write(chunk);
    for (const empty of ["", new Uint8Array(), new ArrayBuffer(0)]) await output.write(empty);
    await output.finish();
    assert.ok(host.bytes().equals(Buffer.concat(chunks.map(() => bytes))));
  });

  it("fails on chunks that are not bytes, awaited or not, and says what it got", async () => {
    const detached = new ArrayBuffer(8);
    const view = new Uint8Array(detached);
    structuredClone(detached, { transfer: [detached] });
    const wrong: [chunk: unknown, name: RegExp][] = [
      [Promise.resolve("late"), /not a Promise: await it first/],
      [new Blob(["x"]), /not a Blob/],
      [new ReadableStream(), /not a ReadableStream/],
      [12345, /not the number 12345/],
      [null, /not null/],
      [undefined, /not undefined/],
      [[1, 2], /not an Array/],
      [{ length: 5 }, /not an object/],
      [Symbol("x"), /not a symbol/],
      [detached, /detached/],
      [view, /detached/],
    ];
    for (const [chunk, message] of wrong) {
      const { output, host, failures } = open({});
      void output.write("before");
      void output.write(chunk as string);
      void output.write("after");
      const expected = { name: "TypeError", message };
      await assert.rejects(output.finish(), expected);
      await assert.rejects(output.write("late"));
      assert.equal(failures.length, 1);
      assert.equal(host.parts.length, 0);
      await assert.rejects(open({}).output.write(chunk as string), expected);
    }
  });

  it("takes the bytes as they are at the call: their owner may use its buffer again at once", async () => {
    for (const size of [100, 300_000, 1_000_000]) {
      const { output, host } = open({});
      const chunk = new Uint8Array(size);
      const expected: Buffer[] = [];
      for (let round = 1; round <= 5; round++) {
        chunk.fill(round);
        expected.push(Buffer.from(chunk));
        void output.write(chunk);
      }
      chunk.fill(0);
      await output.finish();
      assert.ok(host.bytes().equals(Buffer.concat(expected)), `chunks of ${size} bytes`);
    }
  });

  it("takes a state as it is at the call", async () => {
    const { output, host } = open({});
    const state = { line: 1 };
    void output.write("bytes");
    void output.checkpoint(state);
    state.line = 2;
    await output.finish();
    assert.deepEqual(host.checkpoints[0]?.state, { line: 1 });
  });

  it("fails on a state that is not JSON, due or not, awaited or not, and names the path", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    let deep: Json = null;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    const wrong: [state: unknown, message: RegExp][] = [
      [{ at: new Date(0) }, /^a checkpoint's state\.at must be JSON .* not a Date$/],
      [{ seen: new Map() }, /\.seen .* not a Map$/],
      [undefined, /not undefined$/],
      [[1n], /state\[0\] .* not a bigint$/],
      [{ n: Number.NaN }, /\.n .* not the number NaN$/],
      [{ run: () => 1 }, /\.run .* not a function$/],
      [cyclic, /\.self .* not a cycle$/],
      [deep, /nested more than 100 levels deep$/],
      [
        Object.defineProperty({}, "x", {
          enumerable: true,
          get: () => {
            throw new Error("no");
          },
        }),
        /can't be read: no$/,
      ],
    ];
    for (const [state, message] of wrong) {
      const { output, host } = open({ checkpointMs: 3_600_000 });
      void output.checkpoint(state as Json);
      await assert.rejects(output.finish(), { name: "TypeError", message });
      assert.equal(host.checkpoints.length, 0);
    }
  });

  it("does not save a state that is too large, reports it once, and continues", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock, checkpointMs: 500 });
    const largest = "x".repeat(LARGEST_STATE_BYTES - 2);
    await output.checkpoint(`${largest}x`);
    assert.deepEqual(
      host.tooLarge,
      [LARGEST_STATE_BYTES + 1],
      "told when it is offered, not when a save is due",
    );
    clock.advance(500);
    await output.checkpoint("é".repeat(LARGEST_STATE_BYTES / 2));
    assert.equal(host.checkpoints.length, 0);
    await output.checkpoint(largest);
    assert.equal(host.checkpoints.length, 1);
    assert.equal(host.tooLarge.length, 1);
    assert.equal((await output.finish()).size, 0);
  });

  it("looks at large states that are not due for a twentieth of the time only", async () => {
    const clock = manualClock();
    let looks = 0;
    const state = {
      get rows() {
        looks++;
        clock.advance(0.5); // read twice: once to check it, once for its text
        return [];
      },
    };
    const { output } = open({ clock, checkpointMs: 3_600_000 });
    for (let call = 0; call < 1_000; call++) {
      await output.checkpoint(state);
      clock.advance(1);
    }
    assert.ok(looks / 2 >= 40 && looks / 2 <= 50, `${looks / 2} looks`);
  });

  it("fails every call with the host's error, even if not awaited", async () => {
    const { output, host, failures } = open({});
    const error = new Error("the disk is full");
    host.part = () => Promise.reject(error);
    void output.write(new Uint8Array(600_000));
    await assert.rejects(output.checkpoint(1), error);
    await assert.rejects(output.write("more"), error);
    await assert.rejects(output.finish(), error);
    assert.deepEqual(failures, [error]);
  });

  it("wakes calls that wait for storage when it ends, and no longer calls the host", async () => {
    const { output, host } = open({});
    host.part = () => new Promise<void>(() => {});
    const waiting = output.write(new Uint8Array(2_000_000));
    await new Promise(setImmediate);
    const ended = new Error("ended");
    output.fail(ended);
    output.progress(1, 2);
    await assert.rejects(waiting, ended);
    assert.equal(host.reports.length, 0);
  });

  it("takes nothing that is called after finish", async () => {
    const { output, host } = open({});
    void output.write("in time");
    const finished = output.finish();
    await assert.rejects(output.write("late"), { code: "aborted" });
    await assert.rejects(output.checkpoint("late"), { code: "aborted" });
    output.progress(1);
    assert.equal((await finished).size, 7);
    assert.equal(host.reports.length, 0);
  });

  it("tells progress at most once per 100 ms, and loses no latest value", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock });
    const told = () => host.reports.map(({ done }) => done);
    for (let done = 1; done <= 10; done++) output.progress(done, 100, "rows");
    assert.deepEqual(told(), [1]);
    clock.advance(100);
    assert.deepEqual(told(), [1, 10]);
    output.progress(11);
    output.progress(Number.NaN);
    await output.finish();
    assert.deepEqual(host.reports.at(-1), { done: 11, total: 100, message: "rows" });
  });

  it("takes whatever is said of the progress", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock });
    const told = (...said: unknown[]) => {
      clock.advance(100);
      output.progress(...(said as [number]));
      return host.reports.at(-1);
    };
    assert.deepEqual(told(5n, "10", "rows"), { done: 5, total: 10, message: "rows" });
    for (const none of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "",
      "ten",
      {},
      [],
      Symbol("x"),
      undefined,
      () => 1,
    ]) {
      assert.deepEqual(told(none, none), { done: 5, total: 10, message: "rows" });
    }
    assert.deepEqual(told(-1, -1e308), { done: 0, total: 0, message: "rows" });
    assert.deepEqual(told(1e308, 10n ** 30n), {
      done: Number.MAX_SAFE_INTEGER,
      total: Number.MAX_SAFE_INTEGER,
      message: "rows",
    });
    assert.deepEqual(told(1, null, null), { done: 1, total: null, message: null });
    assert.equal(told(1, null, "a\nb\u0000\u202Ec")?.message, "a b c");
    assert.equal(told(1, null, 42)?.message, "42");
    const broken = {
      toString: () => {
        throw new Error("no");
      },
    };
    for (const odd of [broken, Symbol("x"), 1n, "\ud800", "x".repeat(1e6), Object.create(null)]) {
      const message = told(1, null, odd)?.message;
      assert.ok(message && message.length <= 200 && message.isWellFormed(), `${message}`);
    }
  });

  it("gives a sign of life for writes without progress", async () => {
    const clock = manualClock();
    const { output, host } = open({ clock });
    for (let round = 0; round < 3; round++) {
      clock.advance(100);
      await output.write("x");
      await output.write("x");
    }
    assert.equal(host.calls, 3);
  });
});

/** Simulates a file of this size having been written; its hash does not matter. */
async function resumeWithSize(size: number): Promise<NonNullable<Job["resume"]>> {
  const { output, host } = open({});
  await output.checkpoint(null);
  const [checkpoint] = host.checkpoints;
  assert.ok(checkpoint);
  return { state: null, size, hash: checkpoint.hash };
}
