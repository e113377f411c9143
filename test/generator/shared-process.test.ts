import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import type { CarryoutError } from "../../src/errors.ts";
import { InterruptedError, type Run } from "../../src/generator/executor.ts";
import {
  describeExecutor,
  FIXTURES,
  failureOf,
  jobOf,
} from "../../src/generator/executor-contract.testing.ts";
import { Shared, type SharedOptions } from "../../src/generator/process/shared.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { loadRegistry } from "../../src/generator/registry.ts";

async function open(options: Partial<SharedOptions> = {}): Promise<Shared> {
  const onTrouble = (error: CarryoutError) => assert.fail(error);
  return new Shared({ registry: await loadRegistry(FIXTURES), clock: systemClock, onTrouble, ...options });
}

describeExecutor("shared process", () => open());

describe("shared process: the run that kills it is identified, and no other is blamed", () => {
  let shared: Shared;
  before(async () => {
    shared = await open({ onTrouble: () => {} });
    await shared.ready();
  });
  after(() => shared.close());

  async function begun(kind: string, groupSize?: number): Promise<{ run: Run; host: RecordingHost }> {
    const host = new RecordingHost();
    const run = shared.start({ ...jobOf(kind), ...(groupSize !== undefined && { groupSize }) }, host);
    await host.until(() => host.reports.length > 0);
    return { run, host };
  }

  async function pidOf(groupSize?: number): Promise<string> {
    const host = new RecordingHost();
    await shared.start({ ...jobOf("process-age"), ...(groupSize !== undefined && { groupSize }) }, host).done;
    return host.bytes().toString();
  }

  it("interrupts all runs of a process that crashed, and blames the one that crashes alone", async () => {
    const neighbour = await begun("waits");
    const crashing = shared.start(jobOf("aborts-process"), new RecordingHost());
    for (const run of [neighbour.run, crashing]) {
      const end = await failureOf(run);
      assert.ok(end instanceof InterruptedError);
      assert.equal(end.groupSize, 1);
    }
    const again = await begun("waits", 1);
    const { code, message } = await failureOf(
      shared.start({ ...jobOf("aborts-process"), groupSize: 1 }, new RecordingHost()),
    );
    assert.equal(code, "generation-failed");
    assert.match(message, /SIGABRT/);
    again.run.abort();
    assert.equal((await failureOf(again.run)).code, "aborted");
  });

  it("identifies the run that called process.exit", async () => {
    const neighbour = await begun("waits");
    const { code, message } = await failureOf(shared.start(jobOf("exits"), new RecordingHost()));
    assert.deepEqual([code, message], ["generation-failed", "the generator called process.exit(3)"]);
    assert.ok((await failureOf(neighbour.run)) instanceof InterruptedError);
  });

  it("fails only the run that left an error uncaught, and keeps running", async () => {
    const pid = await pidOf();
    const neighbour = await begun("waits");
    for (const [kind, expected] of [
      ["uncaught", "thrown in a timer"],
      ["rejects", "nobody waits for this"],
    ] as const) {
      const { code, message } = await failureOf(shared.start(jobOf(kind), new RecordingHost()));
      assert.deepEqual([code, message], ["generation-failed", expected]);
    }
    neighbour.run.abort();
    assert.equal((await failureOf(neighbour.run)).code, "aborted");
    assert.equal(await pidOf(), pid);
  });

  it("interrupts all runs of a process that one of them blocks", async () => {
    const told: string[] = [];
    const busy = await open({ pingMs: 50, onTrouble: ({ message }) => told.push(message) });
    await busy.ready();
    const runs = ["waits", "endless-loop"].map((kind) => busy.start(jobOf(kind), new RecordingHost()));
    for (const run of runs) assert.ok((await failureOf(run)) instanceof InterruptedError);
    assert.match(told.join(), /blocked/);
    await busy.close();
  });

  it("divides many suspects among several processes", async () => {
    const pids = new Set(await Promise.all(Array.from({ length: 6 }, () => pidOf(2))));
    assert.equal(pids.size, 3);
  });

  it("limits a run that is alone to its own memory", async () => {
    const run = shared.start({ ...jobOf("hoards-buffers"), groupSize: 1 }, new RecordingHost());
    assert.equal((await failureOf(run)).code, "generation-out-of-memory");
  });
});
