/** @module What one tick costs the servers and every node, whoever makes it. */

import { type MeasuredEngine, openMeasuredEngine } from "../support/measured-engine.ts";
import { Crowd, type Part, usersOf } from "./crowd.ts";
import type { TickCost } from "./results.ts";
import { during, pause } from "./windows.ts";

/** Of each download; Carryout lets through one in 100 ms. */
export const TICK_MS = 125;
/** Until generators run and their ticks are spread over time. */
const BEGIN_MS = 1_500;

/** Nodes of the first process, and of the other. */
const MAKERS = 4;
const FOLLOWERS = 1;

/** Ever more ticks: what one costs when many come at once. The rates are per second, and rise. */
export async function measureRates(rates: readonly number[], windowMs: number): Promise<TickCost[]> {
  const engine = await openMeasuredEngine();
  const crowd = new Crowd(engine);
  try {
    await crowd.addProcess(MAKERS);
    await crowd.addProcess(FOLLOWERS);
    await pause(BEGIN_MS);
    const quiet = await ticksWindow(engine, crowd, windowMs);
    const costs: TickCost[] = [];
    let running = 0;
    for (const rate of rates) {
      const users = usersOf(`at-${rate}`, Math.round((rate * TICK_MS) / 1_000) - running);
      running += users.length;
      costs.push(costBetween(quiet, await whileTicking(engine, crowd, users, windowMs)));
    }
    return costs;
  } finally {
    await crowd.end();
    await engine.dispose();
  }
}

/** Some downloads tick at the first process; nobody watches them. */
export async function tickCost(
  engine: MeasuredEngine,
  crowd: Crowd,
  { downloads, windowMs }: { downloads: number; windowMs: number },
): Promise<TickCost> {
  const users = usersOf("ticking", downloads);
  const quiet = await ticksWindow(engine, crowd, windowMs);
  const busy = await whileTicking(engine, crowd, users, windowMs);
  await crowd.processes[0]!.call("remove", users);
  return costBetween(quiet, busy);
}

/** They go on afterwards. */
async function whileTicking(
  engine: MeasuredEngine,
  crowd: Crowd,
  users: readonly string[],
  windowMs: number,
): Promise<TicksWindow> {
  await crowd.processes[0]!.call("start", users, "ticking", { ticks: 1e6, everyMs: TICK_MS });
  await pause(BEGIN_MS);
  return await ticksWindow(engine, crowd, windowMs);
}

function costBetween(quiet: TicksWindow, busy: TicksWindow): TickCost {
  const perTick = (of: (window: TicksWindow) => number) =>
    (of(busy) - (of(quiet) * busy.seconds) / quiet.seconds) / busy.stored;
  const nodeCpuMs = perTick(({ others }) => others.cpuMs) / Math.max(1, quiet.others.nodes);
  return {
    ticks: busy.stored,
    perSecond: busy.stored / busy.seconds,
    in: perTick(({ counts }) => counts.in),
    out: perTick(({ counts }) => counts.out),
    inBytes: perTick(({ counts }) => counts.inBytes),
    outBytes: perTick(({ counts }) => counts.outBytes),
    routed: perTick(({ counts }) => counts.routed),
    routedBytes: perTick(({ counts }) => counts.routedBytes),
    serversCpuMs: perTick(({ counts }) => counts.cpuMs),
    nodeCpuMs: quiet.others.nodes === 0 ? null : nodeCpuMs,
    makerCpuMs: perTick(({ first }) => first.cpuMs) - nodeCpuMs * (quiet.first.nodes - 1),
  };
}

type TicksWindow = Awaited<ReturnType<typeof ticksWindow>>;

async function ticksWindow(engine: MeasuredEngine, crowd: Crowd, ms: number) {
  const stored = (await engine.streams("records")).stored;
  const before = crowd.parts();
  const { counts, seconds } = await during(engine, () => pause(ms));
  const after = crowd.parts();
  const used = (part: "first" | "others"): Part => {
    return { nodes: after[part].nodes, cpuMs: after[part].cpuMs - before[part].cpuMs };
  };
  return {
    counts,
    seconds,
    first: used("first"),
    others: used("others"),
    stored: (await engine.streams("records")).stored - stored,
  };
}
