import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../clock/system.ts";
import type { CarryoutError } from "../errors.ts";
import type { Executor } from "./executor.ts";
import { describeExecutor, FIXTURES, failureOf, jobOf } from "./executor-contract.ts";
import { RecordingHost } from "./recording-host.ts";
import { loadRegistry, type Registry } from "./registry.ts";
import { threadExecutor } from "./threads.ts";

const onTrouble = (error: CarryoutError) => assert.fail(error);

describeExecutor("thread executor", async () =>
  threadExecutor({ registry: await loadRegistry(FIXTURES), clock: systemClock, capacity: 2, onTrouble }),
);

describe("thread executor: a generator harms only itself", () => {
  let executor: Executor;
  before(async () => {
    const registry = await loadRegistry(FIXTURES);
    executor = threadExecutor({ registry, clock: systemClock, capacity: 2, memoryMb: 64, onTrouble });
    await executor.ready();
  });
  after(() => executor.close());

  /** How this kind ends, while a neighbour goes on; and that the thread is replaced. */
  async function beside(kind: string): Promise<Error & { code: string }> {
    const neighbour = new RecordingHost();
    const neighbourRun = executor.start(jobOf("offers"), neighbour);
    await neighbour.until(() => neighbour.reports.length > 0);

    const failure = await failureOf(executor.start(jobOf(kind), new RecordingHost()));

    const { calls } = neighbour;
    neighbourRun.hurry();
    await neighbour.until(() => neighbour.calls > calls && neighbour.checkpoints.length > 0);
    const outcome = await executor.start(jobOf("lines"), new RecordingHost()).done;
    assert.equal(outcome.size, 3890);
    neighbourRun.abort();
    await assert.rejects(neighbourRun.done, { code: "aborted" });
    return failure;
  }

  it("survives a thrown error", async () => {
    const { code, message, cause } = await beside("throws");
    assert.equal(code, "generation-failed");
    assert.equal(message, "the printer is on fire");
    assert.match((cause as Error).stack ?? "", /fixtures\/generators\.ts:\d+/);
  });

  it("survives a generator that needs too much memory", async () => {
    const { code, message } = await beside("out-of-memory");
    assert.equal(code, "generation-out-of-memory");
    assert.match(message, /64 MiB/);
  });

  it("survives process.exit", async () => {
    const { code, message } = await beside("exits");
    assert.equal(code, "generation-failed");
    assert.match(message, /process\.exit\(3\)/);
  });

  it("survives an error that nothing catches", async () => {
    const { code, message } = await beside("uncaught");
    assert.equal(code, "generation-failed");
    assert.equal(message, "thrown in a timer");
  });

  it("ends an endless loop", async () => {
    const host = new RecordingHost();
    const run = executor.start(jobOf("endless-loop"), host);
    await host.until(() => host.reports.length > 0);
    run.abort();
    await run.terminate();
    await assert.rejects(run.done, { code: "aborted" });
    assert.equal((await executor.start(jobOf("lines"), new RecordingHost()).done).size, 3890);
  });

  it("gives a run no thread in which another left something behind", async () => {
    await executor.start(jobOf("leaves-timer"), new RecordingHost()).done;
    const runs = Array.from({ length: 6 }, () => executor.start(jobOf("dawdles"), new RecordingHost()).done);
    await Promise.all(runs);
  });

  it("keeps its threads from run to run", async () => {
    const ages = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const host = new RecordingHost();
      await executor.start(jobOf("thread-age"), host).done;
      ages.add(host.bytes().toString());
    }
    assert.ok(ages.size <= 2, `${ages.size} threads for 6 runs`);
  });

  it("lets a run wait for a free thread, or be ended while it waits", async () => {
    const busy = [new RecordingHost(), new RecordingHost()].map((host) =>
      executor.start(jobOf("waits"), host),
    );
    const waiting = executor.start(jobOf("lines"), new RecordingHost());
    const unwanted = executor.start(jobOf("lines"), new RecordingHost());
    await unwanted.terminate();
    await assert.rejects(unwanted.done, { code: "aborted" });
    for (const run of busy) run.abort();
    await Promise.allSettled(busy.map(({ done }) => done));
    assert.equal((await waiting.done).size, 3890);
  });
});

describe("thread executor: generators that do not load", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "carryout-threads-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function problemOf(name: string, source: string): Promise<Error> {
    const path = join(folder, name);
    await writeFile(path, source);
    const good = await loadRegistry(FIXTURES);
    const registry: Registry = { ...good, moduleUrl: new URL(`file://${path}`).href };
    const executor = threadExecutor({ registry, clock: systemClock, capacity: 2, memoryMb: 64, onTrouble });
    const problem = await executor.ready().then(
      () => assert.fail("ready() was expected to fail"),
      (error) => error,
    );
    assert.throws(() => executor.start(jobOf("lines"), new RecordingHost()), problem);
    await executor.close();
    assert.equal(problem.code, "invalid-config");
    return problem;
  }

  it("names file, line and reason", async () => {
    const { message } = await problemOf("broken.ts", "export const fine = 1;\nexport const broken = ;\n");
    assert.equal(message, `${join(folder, "broken.ts")}:2: Expression expected`);
  });

  it("says when a module ends its thread", async () => {
    const { message } = await problemOf("exits.ts", "process.exit(1);\n");
    assert.match(message, /exit/);
  });
});
