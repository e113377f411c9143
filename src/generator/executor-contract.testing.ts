/** @module The contract of every executor, as tests: run with the generators of `fixtures/generators.testing.ts`. */

import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";
import type { Json } from "../download/json.ts";
import { UnavailableError } from "../errors.ts";
import type { Executor, Job, Outcome, Run } from "./executor.ts";
import { RecordingHost, sha256 } from "./recording-host.testing.ts";

export const FIXTURES = new URL("./fixtures/generators.testing.ts", import.meta.url);

export function jobOf(kind: string, resume: Job["resume"] = null): Job {
  return { downloadId: "test", kind, params: {}, requestedAt: 0, resume };
}

/** The kinds of the fixtures. */
const FILE = { name: "test.txt", type: "text/plain" };
const LINES = Array.from({ length: 1000 }, (_, line) => `${line}\n`).join("");

export function describeExecutor(name: string, open: () => Promise<Executor>): void {
  describe(name, () => {
    let executor: Executor;
    before(async () => {
      executor = await open();
      await executor.ready();
    });
    after(() => executor.close());

    function start(kind: string, host = new RecordingHost(), resume: Job["resume"] = null) {
      return { host, run: executor.start(jobOf(kind, resume), host) };
    }

    async function runs(kind: string): Promise<{ host: RecordingHost; outcome: Outcome }> {
      const { host, run } = start(kind);
      return { host, outcome: await run.done };
    }

    it("makes a file, with its size and sum", async () => {
      const { host, outcome } = await runs("lines");
      assert.equal(host.bytes().toString(), LINES);
      assert.deepEqual(outcome, { size: LINES.length, sha256: sha256(Buffer.from(LINES)), file: FILE });
      assert.deepEqual(host.reports.at(-1), { done: 1000, total: 1000, message: "line 1000" });
    });

    it("makes a file without bytes", async () => {
      const { host, outcome } = await runs("empty");
      assert.equal(host.parts.length, 0);
      assert.deepEqual(outcome, { size: 0, sha256: sha256(new Uint8Array()), file: FILE });
    });

    it("resumes from each checkpoint to the same file", async () => {
      const { host, outcome } = await runs("lines");
      assert.equal(host.checkpoints.length, 10);
      for (const checkpoint of host.checkpoints) {
        const again = host.resumeAt(checkpoint);
        assert.deepEqual(await start("lines", again.host, again.resume).run.done, outcome);
        assert.equal(again.host.bytes().toString(), LINES);
      }
    });

    it("gives a generator its saved state as its schema makes it, and fails where the schema refuses it", async () => {
      const { host } = await runs("letters-with-state");
      const saved = host.checkpoints.at(-1)!;
      const goesOn = async (state: Json) => {
        const again = host.resumeAt({ ...saved, state });
        await start("letters-with-state", again.host, again.resume).run.done;
        return again.host.bytes().toString();
      };
      assert.equal(await goesOn(saved.state), "start1 lower");
      assert.equal(await goesOn({ next: 2 }), "start2 upper");
      await assert.rejects(goesOn({ next: "2", case: "lower" }), {
        code: "generation-failed",
        message:
          /^the state of the last checkpoint does not fit the state schema of letters-with-state: next: .*expected number/,
        retriable: true,
      });
    });

    it("runs several at once", async () => {
      const all = await Promise.all(Array.from({ length: 5 }, () => runs("lines")));
      for (const { host } of all) assert.equal(host.bytes().toString(), LINES);
    });

    it("waits for storage, two parts at a time", async () => {
      const host = new RecordingHost();
      let underWay = 0;
      let most = 0;
      const second = Promise.withResolvers<void>();
      const store = host.part.bind(host);
      host.part = async (bytes, sum) => {
        underWay += 1;
        most = Math.max(most, underWay);
        if (underWay === 2) second.resolve();
        await second.promise; // the first is stored only when another is under way
        await new Promise(setImmediate);
        await store(bytes, sum);
        underWay -= 1;
      };
      const outcome = await start("flood", host).run.done;
      assert.equal(outcome.size, 10_000_000);
      assert.equal(outcome.sha256, sha256(host.bytes()));
      assert.equal(most, 2);
    });

    it("fails with the generator's message, without its stack", async () => {
      await assert.rejects(start("throws").run.done, {
        code: "generation-failed",
        message: "the printer is on fire",
        retriable: true,
      });
    });

    it("fails if anything but bytes was written, even if the call was not awaited", async () => {
      await assert.rejects(start("writes-promise").run.done, {
        code: "generation-failed",
        message: /write\(\) takes a string, a Buffer, .* not a Promise: await it first/,
      });
    });

    it("asks for the file's name and type, waits for the answer, and checks it", async () => {
      const { outcome } = await runs("named-later");
      assert.deepEqual(outcome.file, { name: "over_there.txt", type: "text/plain" });
      await assert.rejects(start("named-wrong").run.done, {
        code: "generation-failed",
        message: "the file's name must be a string of 1 to 255 bytes, not the number 42",
        retriable: false,
      });
    });

    it("keeps an error that says it is not worth a retry", async () => {
      await assert.rejects(start("throws-for-good").run.done, {
        code: "generation-failed",
        message: "no such table",
        retriable: false,
      });
    });

    it("ends with the host's own error when the host refuses", async () => {
      const host = new RecordingHost();
      const refusal = new UnavailableError("the store is away");
      host.part = () => Promise.reject(refusal);
      await assert.rejects(start("lines", host).run.done, (error) => error === refusal);
    });

    it("ends with the host's own error also when the generator takes no notice", async () => {
      const host = new RecordingHost();
      const refusal = new UnavailableError("superseded");
      host.checkpoint = () => Promise.reject(refusal);
      await assert.rejects(start("stubborn-after-refusal", host).run.done, (error) => error === refusal);
    });

    it("aborts", async () => {
      const { host, run } = start("waits");
      await host.until(() => host.reports.length > 0);
      run.abort();
      await assert.rejects(run.done, { code: "aborted" });
    });

    it("treats a generator that returns after an abort as aborted, not as ready", async () => {
      const { host, run } = start("returns-on-abort");
      await host.until(() => host.reports.length > 0);
      run.abort();
      await assert.rejects(run.done, { code: "aborted" });
    });

    it("aborts before it has begun", async () => {
      const { run } = start("waits");
      run.abort();
      await assert.rejects(run.done, { code: "aborted" });
    });

    it("terminates what takes no notice of an abort", async () => {
      const { host, run } = start("stubborn");
      await host.until(() => host.reports.length > 0);
      run.abort();
      await run.terminate();
      await assert.rejects(run.done, { code: "aborted" });
      await assertSilent(host);
    });

    it("saves the next checkpoint when hurried", async () => {
      const { host, run } = start("offers");
      await host.until(() => host.reports.length > 0);
      assert.equal(host.checkpoints.length, 0);
      run.hurry();
      await host.until(() => host.checkpoints.length > 0);
      assert.deepEqual(host.checkpoints[0]?.state, { offered: true });
      run.abort();
      await assert.rejects(run.done, { code: "aborted" });
    });

    it("reports when it is hurried and has nothing to save", async () => {
      const { host, run } = start("waits");
      await host.until(() => host.reports.length > 0);
      run.hurry();
      await host.until(() => host.timesAllSaved > 0);
      await run.terminate();
      await assert.rejects(run.done, { code: "aborted" });
    });

    it("takes nothing from a generator that has returned", async () => {
      const { host, outcome } = await runs("writes-late");
      assert.equal(outcome.size, "in time".length);
      await assertSilent(host);
      assert.equal(host.bytes().toString(), "in time");
      assert.equal(host.checkpoints.length, 0);
    });

    it("refuses an unknown kind", () => {
      assert.throws(() => start("nonsense"), { code: "unknown-kind" });
    });

    it("refuses to start, and ends what runs, when it is closed", async () => {
      const closing = await open();
      await closing.ready();
      const host = new RecordingHost();
      const run = closing.start(jobOf("waits"), host);
      await host.until(() => host.reports.length > 0);
      await closing.close();
      await assert.rejects(run.done, { code: "aborted" });
      assert.throws(() => closing.start(jobOf("lines"), host), { code: "closed" });
      await closing.close();
    });

    /** Checks that nothing reaches the host of an ended run while another run starts and ends. */
    async function assertSilent(host: RecordingHost): Promise<void> {
      const { calls } = host;
      await runs("lines");
      assert.equal(host.calls, calls);
    }
  });
}

/** The error with which a run ends; fails when it makes a file. */
export async function failureOf(run: Run): Promise<Error & { code: string }> {
  return run.done.then(
    () => assert.fail("the run was expected to fail"),
    (error) => error,
  );
}
