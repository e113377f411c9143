import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkResume } from "./check-resume.ts";
import { defineGenerator, type Generation, type StandardSchema } from "./generator.ts";
import { ResumeError } from "./resume-error.ts";

type Run = (generation: Generation<Record<string, never>, number>) => Promise<void>;

/** A hundred numbered lines; the state is the number of the next one. */
const right: Run = async ({ resume = 0, write, progress, checkpoint, sleep }) => {
  for (let line = resume; line < 100; line++) {
    await write(`line ${line}\n`);
    await sleep(60_000);
    progress(line + 1, 100);
    await checkpoint(line + 1);
  }
};

const lines = (run: Run, changes: { file?: () => { name: string; type: string } } = {}) =>
  defineGenerator({ kind: "lines", file: { name: "lines.txt", type: "text/plain" }, run, ...changes });

async function problemOf(run: Run, changes = {}): Promise<ResumeError> {
  const found: unknown = await checkResume(lines(run, changes), { runs: 50 }).catch((error) => error);
  assert.ok(found instanceof ResumeError, String(found));
  return found;
}

describe("checkResume", () => {
  it("reports on a generator that resumes", async () => {
    assert.deepEqual(await checkResume(lines(right)), {
      file: { name: "lines.txt", type: "text/plain" },
      sizeBytes: 790,
      checkpoints: 100,
      largestStateBytes: 3,
      interruptions: 200,
      resumedAt: 83,
    });
  });

  it("interrupts at the same places for the same seed, elsewhere for another", async () => {
    const resumedAt = async (seed: number) => {
      const states: unknown[] = [];
      const run: Run = (generation) => {
        states.push(generation.resume);
        return right(generation);
      };
      await checkResume(lines(run), { runs: 10, seed });
      return states;
    };
    assert.deepEqual(await resumedAt(5), await resumedAt(5));
    assert.notDeepEqual(await resumedAt(5), await resumedAt(6));
  });

  it("tells the checkpoint, the byte and what stands there when bytes differ", async () => {
    const error = await problemOf(async ({ resume = 0, write, checkpoint }) => {
      for (let line = resume; line < 100; line++) {
        // The first line after half of the file is left out.
        if (line < 50 || line !== resume) await write(`line ${line}\n`);
        await checkpoint(line + 1);
      }
    });
    assert.equal(error.problem, "different-bytes");
    const { number, offset, state } = error.checkpoint!;
    assert.deepEqual([number, offset, state, error.offset], [54, 422, "54", 428]);
    assert.equal(
      error.message,
      "lines: resumed at checkpoint 54 (byte 422, state 54), the file differs from byte 428 on\n" +
        '  uninterrupted: "1\\nline 52\\nline 53\\nline 5" | "4\\nline 55\\nline 56\\nline 57\\nline 58\\nline 5"\n' +
        '  this run:      "1\\nline 52\\nline 53\\nline 5" | "5\\n"',
    );
  });

  it("finds one that begins again, one that stops early, and one that counts on its memory", async () => {
    const beginsAgain: Run = (generation) => right({ ...generation, resume: undefined });
    assert.equal((await problemOf(beginsAgain)).problem, "different-bytes");
    const stopsEarly: Run = (generation) =>
      generation.resume === undefined ? right(generation) : Promise.resolve();
    const early = await problemOf(stopsEarly);
    assert.match(early.message, /this run: {6}"[^"]*" \| \(the end\)$/);
    let next = 0;
    const remembers: Run = async ({ resume, write, checkpoint }) => {
      if (resume === undefined) next = 0;
      for (; next < 100; await checkpoint(next)) await write(`line ${next++}\n`);
    };
    assert.equal((await problemOf(remembers)).problem, "different-bytes");
  });

  it("shows bytes in hexadecimal where they are no text", async () => {
    const { message } = await problemOf(async ({ resume = 0, write, checkpoint }) => {
      for (let byte = resume; byte < 256; byte++) {
        await write(Uint8Array.of(byte === resume && byte > 0 ? 0xff : byte));
        await checkpoint(byte + 1);
      }
    });
    assert.match(message, /this run: {6}(\w\w )*\w\w \| ff$/);
  });

  it("finds files that are not the same twice", async () => {
    let runs = 0;
    const counts: Run = async ({ write, checkpoint }) => {
      await write(`run ${runs++}`);
      await checkpoint(1);
    };
    const { problem, offset } = await problemOf(counts);
    assert.deepEqual([problem, offset], ["not-repeatable", 4]);
  });

  it("finds a file that is called otherwise by another attempt", async () => {
    let asked = 0;
    const error = await problemOf(right, { file: () => ({ name: `${asked++}.txt`, type: "text/plain" }) });
    assert.equal(error.problem, "different-file");
    assert.match(
      error.message,
      /the file is called \{"name":"1.txt","type":"text\/plain"\}, not \{"name":"0.txt"/,
    );
  });

  it("finds states that would not be saved", async () => {
    const error = await problemOf(async ({ write, checkpoint }) => {
      await write("x");
      await checkpoint("x".repeat(256 * 1024) as unknown as number);
    });
    assert.equal(error.problem, "state-too-large");
    assert.match(error.message, /offers a state of 262146 bytes, which is not saved: at most 262144$/);
  });

  it("finds progress that makes no sense", async () => {
    for (const [numbers, complaint] of [
      [[101, 100], "progress(101, 100): done must be at most total"],
      [[Number.NaN], "progress(NaN, null): done must be a number from 0 to 2^53 - 1"],
      [[1, -1], "progress(1, -1): total must be a number from 0 to 2^53 - 1, or null"],
    ] as const) {
      const error = await problemOf(async (generation) => {
        generation.progress(...(numbers as readonly [number, number?]));
        await right(generation);
      });
      assert.equal(error.problem, "progress-out-of-bounds");
      assert.ok(error.message.endsWith(`it calls ${complaint}`), error.message);
    }
  });

  it("finds one without checkpoints, and one that fails when it resumes", async () => {
    assert.equal((await problemOf(async ({ write }) => write("x"))).problem, "no-checkpoint");
    const fails = await problemOf(async (generation) => {
      if (generation.resume !== undefined) throw new Error("no such table: orders");
      await right(generation);
    });
    assert.equal(fails.problem, "failed");
    assert.match(fails.message, /^lines: resumed at checkpoint \d+ \(.*\), it fails: no such table: orders$/);
  });

  it("ends with a generator whose only checkpoint is its last step", async () => {
    const { checkpoints } = await checkResume(
      lines(async ({ resume, write, checkpoint }) => {
        if (resume === undefined) await write("all");
        await checkpoint(1);
      }),
      { runs: 5 },
    );
    assert.equal(checkpoints, 1);
  });

  it("gives the parameters as the schema makes them, and the time of the request", async () => {
    const year: StandardSchema<{ year: number }, { year: string }> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (given) => ({ value: { year: Number((given as { year: string }).year) } }),
      },
    };
    const report = defineGenerator({
      kind: "report",
      params: year,
      file: { name: "report.txt", type: "text/plain" },
      async run({ params, requestedAt, write, checkpoint }) {
        await write(`${params.year + 1} ${requestedAt.toISOString()}`);
        await checkpoint(1);
      },
    });
    const requestedAt = new Date("2026-11-25T09:30:15.250Z");
    await assert.rejects(checkResume(report, { params: { year: "2026" }, requestedAt, runs: 3 }), {
      problem: "different-bytes",
      message: /this run: .* \| "2027 2026-11-25T09:30:15.250Z"$/,
    });
  });
});
