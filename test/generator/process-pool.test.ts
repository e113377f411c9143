import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import type { CarryoutError } from "../../src/errors.ts";
import { type Executor, InterruptedError } from "../../src/generator/executor.ts";
import {
  describeExecutor,
  FIXTURES,
  failureOf,
  jobOf,
} from "../../src/generator/executor-contract.testing.ts";
import { Pool } from "../../src/generator/process/pool.ts";
import { RecordingHost } from "../../src/generator/recording-host.testing.ts";
import { loadRegistry, type Registry } from "../../src/generator/registry.ts";

const onTrouble = (error: CarryoutError) => assert.fail(error);

describeExecutor(
  "process pool",
  async () =>
    new Pool({ registry: await loadRegistry(FIXTURES), clock: systemClock, capacity: 2, onTrouble }),
);

describe("process pool: a generator harms only itself", () => {
  let executor: Executor;
  before(async () => {
    const registry = await loadRegistry(FIXTURES);
    executor = new Pool({ registry, clock: systemClock, capacity: 2, onTrouble });
    await executor.ready();
  });
  after(() => executor.close());

  /** Checks how this kind ends, that a concurrent run is unaffected, and that the process is replaced. */
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
    assert.match((cause as Error).stack ?? "", /fixtures\/generators\.testing\.ts:\d+/);
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

  it("survives an uncaught error", async () => {
    const { code, message } = await beside("uncaught");
    assert.equal(code, "generation-failed");
    assert.equal(message, "thrown in a timer");
  });

  it("counts memory outside the heap", async () => {
    const { code, message } = await beside("hoards-buffers");
    assert.equal(code, "generation-out-of-memory");
    assert.match(message, /64 MiB/);
  });

  it("survives a heap that fills up within one call", async () => {
    assert.equal((await beside("joins")).code, "generation-out-of-memory");
  });

  it("survives a crash in native code, and a kill from outside", async () => {
    const aborting = new RecordingHost();
    const alone = { ...jobOf("aborts-process"), groupSize: 1 };
    assert.match((await failureOf(executor.start(alone, aborting))).message, /SIGABRT/);
    // The killer is unknown: only a run that was killed before, and alone, is considered the cause.
    assert.ok((await failureOf(executor.start(jobOf("killed"), aborting))) instanceof InterruptedError);
    const again = { ...jobOf("killed"), groupSize: 1 };
    assert.match((await failureOf(executor.start(again, aborting))).message, /SIGKILL/);
  });

  it("does not blame a run that was not the first in a crashed process", async () => {
    for (let used = 0; used < 2; used++) await executor.start(jobOf("lines"), new RecordingHost()).done;
    const runs = [jobOf("aborts-process"), jobOf("aborts-process")].map((job) =>
      executor.start(job, new RecordingHost()),
    );
    for (const run of runs) {
      const failure = await failureOf(run);
      if (failure instanceof InterruptedError) assert.equal(failure.groupSize, 1);
      else assert.match(failure.message, /SIGABRT/); // it happened to get a new process
    }
  });

  it("only logs a rejection left behind by an earlier run, and fails no other run", async () => {
    const told: string[] = [];
    const registry = await loadRegistry(FIXTURES);
    const tell = ({ message }: CarryoutError) => told.push(message);
    const single = new Pool({ registry, clock: systemClock, capacity: 1, onTrouble: tell });
    await single.start(jobOf("forgets-timer"), new RecordingHost()).done;
    const next = new RecordingHost();
    await single.start(jobOf("dawdles"), next).done;
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /a run that has ended: account 4711 was refused/);
    await single.close();
  });

  it("passes its environment on to the generators", async () => {
    const registry = await loadRegistry(FIXTURES);
    const env = { PATH: process.env.PATH, GREETING: "hello" };
    const other = new Pool({ registry, clock: systemClock, capacity: 1, env, onTrouble });
    const host = new RecordingHost();
    await other.start(jobOf("environment"), host).done;
    assert.deepEqual(JSON.parse(host.bytes().toString()), env);
    await other.close();
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

  it("does not reuse a process in which another run left something behind", async () => {
    await executor.start(jobOf("leaves-timer"), new RecordingHost()).done;
    const runs = Array.from({ length: 6 }, () => executor.start(jobOf("dawdles"), new RecordingHost()).done);
    await Promise.all(runs);
  });

  it("reuses its processes from run to run", async () => {
    const ages = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const host = new RecordingHost();
      await executor.start(jobOf("process-age"), host).done;
      ages.add(host.bytes().toString());
    }
    assert.ok(ages.size <= 2, `${ages.size} processes for 6 runs`);
  });

  it("lets a run wait for a free process, and be ended while it waits", async () => {
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

describe("process pool: generators that do not load", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "carryout-pool-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function problemOf(name: string, source: string): Promise<Error> {
    const path = join(folder, name);
    await writeFile(path, source);
    const good = await loadRegistry(FIXTURES);
    const registry: Registry = { ...good, moduleUrl: new URL(`file://${path}`).href };
    const executor = new Pool({ registry, clock: systemClock, capacity: 2, onTrouble });
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

  it("reports a module that ends its process", async () => {
    const { message } = await problemOf("exits.ts", "process.exit(1);\n");
    assert.match(message, /exit/);
  });

  it("loads a module with timers of its own once, and keeps its process", async () => {
    const path = join(folder, "timers.ts");
    await writeFile(path, `setInterval(() => {}, 1_000);\nexport * from ${JSON.stringify(FIXTURES.href)};\n`);
    const registry: Registry = {
      ...(await loadRegistry(FIXTURES)),
      moduleUrl: new URL(`file://${path}`).href,
    };
    const pool = new Pool({ registry, clock: systemClock, capacity: 1, onTrouble });
    const pids = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const host = new RecordingHost();
      await pool.start(jobOf("process-age"), host).done;
      pids.add(host.bytes().toString());
    }
    assert.equal(pids.size, 1);
    await pool.close();
  });

  it("rejects waiting runs when no process can be started, and tries again", async () => {
    const away = join(folder, "the-database-is-away");
    const path = join(folder, "sometimes.ts");
    const source = `import { existsSync } from "node:fs";
if (existsSync(${JSON.stringify(away)})) throw new Error("the database is away");
export * from ${JSON.stringify(FIXTURES.href)};
`;
    await writeFile(path, source);
    const told: string[] = [];
    const registry = await loadRegistry(path);
    const tell = ({ message }: CarryoutError) => told.push(message);
    const pool = new Pool({ registry, clock: systemClock, capacity: 1, onTrouble: tell });
    await pool.ready();
    await writeFile(away, "");
    await failureOf(pool.start(jobOf("exits"), new RecordingHost()));
    const { message } = await failureOf(pool.start(jobOf("lines"), new RecordingHost()));
    assert.match(message, /no process could be started for it: .*the database is away/);
    assert.equal(told.length, 1);
    await rm(away);
    assert.equal((await pool.start(jobOf("lines"), new RecordingHost()).done).size, 3890);
    await pool.close();
  });
});
