/** @module How many requests a node accepts, over HTTP and as a library call, with none and with many in flight. */

import { systemClock } from "../src/clock/system.ts";
import { readEngineUrl, readFilesUrl } from "../src/engines/engine-url.ts";
import { filesIn } from "../src/engines/files.ts";
import { inlineExecutor } from "../src/generator/inline.ts";
import { registryOf } from "../src/generator/registry.ts";
import { silentLog } from "../src/telemetry/log.ts";
import type { Carryout } from "../src/tracker/carryout.ts";
import { openCarryout } from "../src/tracker/open.ts";
import { NO_LIMITS } from "../test/support/no-limits.ts";
import { inParallel, start } from "./support/caller.ts";
import { openBenchEngine } from "./support/engine.ts";
import { hold, instant } from "./support/generators.ts";
import { withProcesses } from "./support/processes.ts";
import { type Figure, latencies } from "./support/table.ts";

/** Over HTTP, each request from its own user, into a queue that nothing serves: all stay in flight. */
export function acceptOverHttp(inFlight: readonly number[]): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const { url } = await processes.node("n1", { inlineCapacity: 0 });
    const figures: Figure[] = [];
    let asked = 0;
    const ask = () => start(url, `user-${asked++}`, "hold");
    await inParallel(2_000, 64, ask); // warms up
    for (const level of inFlight) {
      if (level > asked) await inParallel(level - asked, 64, ask);
      const took: number[] = [];
      for (let i = 0; i < 500; i++) {
        const began = performance.now();
        await ask();
        took.push(performance.now() - began);
      }
      const seconds = await inParallel(5_000, 64, ask);
      figures.push({ what: `HTTP, ${level} in flight, one at a time`, measured: latencies(took) });
      figures.push({
        what: `HTTP, ${level} in flight, 64 callers`,
        measured: `${Math.round(5_000 / seconds)}/s`,
      });
    }
    return figures;
  });
}

/** `Carryout.start` in one process, without HTTP. */
export async function acceptAsLibrary(): Promise<Figure[]> {
  return withLibrary(0, async (carryout) => {
    const ask = (index: number) => carryout.start({ user: `u${index}`, kind: "hold" });
    await inParallel(2_000, 64, ask);
    const lone = await inParallel(2_000, 1, (index) => ask(index + 10_000));
    const many = await inParallel(20_000, 64, (index) => ask(index + 100_000));
    return [
      { what: "library call, one at a time", measured: `${Math.round(2_000 / lone)}/s` },
      { what: "library call, 64 callers", measured: `${Math.round(20_000 / many)}/s` },
    ];
  });
}

/** The whole life cycle: requested, claimed, generated, stored, published, with all delays at zero. */
export async function lifeCycles(): Promise<Figure[]> {
  return withLibrary(1_000, async (carryout) => {
    const live = async (index: number) => {
      const stop = new AbortController();
      const user = `u${index}`;
      await carryout.start({ user, kind: "instant" });
      for await (const event of carryout.watch(user, stop.signal)) {
        const seen =
          event.type === "snapshot" ? event.downloads[0] : event.type === "download" ? event.status : null;
        if (seen?.download.state === "ready") break;
      }
      stop.abort();
    };
    await inParallel(500, 64, live);
    const count = 5_000;
    const seconds = await inParallel(count, 64, (index) => live(index + 1_000));
    return [{ what: "whole life cycles, 64 callers", measured: `${Math.round(count / seconds)}/s` }];
  });
}

async function withLibrary<T>(inlineCapacity: number, work: (carryout: Carryout) => Promise<T>): Promise<T> {
  const shared = await openBenchEngine();
  const clock = systemClock;
  const store = shared.files === null ? undefined : readFilesUrl(shared.files);
  const openFiles = filesIn(store, { clock, log: silentLog });
  const engine = await readEngineUrl(shared.url).open({ clock, leaseMs: 3_000, log: silentLog, openFiles });
  const registry = registryOf([hold, instant]);
  const executor = inlineExecutor({ registry, clock });
  await executor.ready();
  const self = { name: "n1", url: null, pid: process.pid, version: "bench", capacity: 0, inlineCapacity };
  const carryout = await openCarryout({
    engine,
    registry,
    executor,
    clock,
    log: silentLog,
    self,
    settings: NO_LIMITS,
  });
  try {
    return await work(carryout);
  } finally {
    await carryout.close();
    await engine.close();
    await shared.dispose();
  }
}
