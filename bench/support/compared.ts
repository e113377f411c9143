/**
 * @module The program of a process that measures the checkout in its working directory, a short while at each command.
 * Only what all versions since the first have had is used of it.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** For one request, in milliseconds; processor times are of all threads. */
export interface Slice {
  wallMs: number;
  nodeCpuMs: number;
  serverCpuMs: number;
}

export type Workload = "life" | "call" | "http" | "lone";
export interface Command {
  workload: Workload;
  count: number;
}

/** A module of the checkout, of about the same shape as here. */
async function the<Module>(path: string): Promise<Module> {
  return await import(pathToFileURL(join(process.cwd(), path)).href);
}

const CALLERS = 64;
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

const { systemClock: clock } = await the<typeof import("../../src/clock/system.ts")>("src/clock/system.ts");
const { readEngineUrl } =
  await the<typeof import("../../src/engines/engine-url.ts")>("src/engines/engine-url.ts");
const { inlineExecutor } =
  await the<typeof import("../../src/generator/inline.ts")>("src/generator/inline.ts");
const { registryOf } =
  await the<typeof import("../../src/generator/registry.ts")>("src/generator/registry.ts");
const { silentLog: log } = await the<typeof import("../../src/telemetry/log.ts")>("src/telemetry/log.ts");
const { openCarryout } = await the<typeof import("../../src/tracker/open.ts")>("src/tracker/open.ts");
const { NO_LIMITS } =
  await the<typeof import("../../test/support/no-limits.ts")>("test/support/no-limits.ts");
const { inParallel, start } = await the<typeof import("./caller.ts")>("bench/support/caller.ts");
const { hold, instant } = await the<typeof import("./generators.ts")>("bench/support/generators.ts");
const { withProcesses } = await the<typeof import("./processes.ts")>("bench/support/processes.ts");

let asked = 0;
const user = () => `user-${asked++}`;

await withProcesses(async (processes) => {
  const shared = processes.engine;
  const node = await processes.node("http", { inlineCapacity: 0 });
  const engine = await readEngineUrl(shared.url).open({ clock, leaseMs: 3_000, log });
  const registry = registryOf([hold, instant]);
  const executor = inlineExecutor({ registry, clock });
  const self = {
    name: "library",
    url: null,
    pid: process.pid,
    version: "bench",
    capacity: 0,
    inlineCapacity: 1_000,
  };
  await executor.ready();
  const carryout = await openCarryout({ engine, registry, executor, clock, log, self, settings: NO_LIMITS });

  async function live(): Promise<void> {
    const stop = new AbortController();
    const name = user();
    await carryout.start({ user: name, kind: "instant" });
    for await (const event of carryout.watch(name, stop.signal)) {
      const seen =
        event.type === "snapshot" ? event.downloads[0] : event.type === "download" ? event.status : null;
      if (seen?.download.state === "ready") break;
    }
    stop.abort();
  }
  const ask: Record<Workload, () => Promise<unknown>> = {
    life: live,
    call: () => carryout.start({ user: user(), kind: "hold" }),
    http: () => start(node.url, user(), "hold"),
    lone: () => start(node.url, user(), "hold"),
  };
  const ofNode = async (workload: Workload) => {
    const { user, system } =
      workload === "http" || workload === "lone" ? (await node.usage()).cpu : process.cpuUsage();
    return (user + system) / 1_000;
  };
  const ofServers = () =>
    (shared.servers?.names ?? []).reduce((sum, _, index) => sum + cpuMsOf(shared.servers!.pid(index)), 0);

  process.on("message", async ({ workload, count }: Command) => {
    const [node, servers] = [await ofNode(workload), ofServers()];
    const seconds = await inParallel(count, workload === "lone" ? 1 : CALLERS, ask[workload]);
    process.send?.({
      wallMs: (seconds * 1_000) / count,
      nodeCpuMs: ((await ofNode(workload)) - node) / count,
      serverCpuMs: (ofServers() - servers) / count,
    } satisfies Slice);
  });
  const ended = new Promise((resolve) => process.once("disconnect", resolve));
  process.send?.("ready");
  await ended;
  await carryout.close();
  await engine.close();
});
process.exit();

function cpuMsOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * TICK_MS;
}
