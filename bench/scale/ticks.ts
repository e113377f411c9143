/** @module What one tick costs the servers and every node, whoever makes it. */

import { Commanded } from "../support/commanded.ts";
import { type MeasuredEngine, openMeasuredEngine } from "../support/measured-engine.ts";
import { Crowd, type Part, usersOf } from "./crowd.ts";
import type { TickCost } from "./results.ts";
import { during, pause } from "./windows.ts";

const LISTENERS = new URL("../support/listeners.ts", import.meta.url);
/** Interval per download; Carryout passes on one per 100 ms. */
export const TICK_MS = 125;
/** Time for the generators to start and their ticks to spread out. */
const BEGIN_MS = 1_500;

/** Each in a separate process; one more only follows. A node makes at most 1,000 ticks a second. */
const MAKERS = 4;

/**
 * The cost of one tick at rising rates (per second). Listeners receive what nodes receive, so that the servers have
 * to serve them as well, and discard it.
 */
export async function measureRates(
  rates: readonly number[],
  { windowMs, listeners = 0 }: { windowMs: number; listeners?: number },
): Promise<TickCost[]> {
  const engine = await openMeasuredEngine();
  const crowd = new Crowd(engine);
  const given = { url: engine.url, count: engine.servers === null ? 0 : listeners };
  const others = given.count > 0 ? await Commanded.start(LISTENERS, given) : null;
  try {
    await crowd.growTo(MAKERS + 1);
    await pause(BEGIN_MS);
    const quiet = await ticksWindow(engine, crowd, { makers: MAKERS, windowMs });
    const costs: TickCost[] = [];
    let running = 0;
    for (const rate of rates) {
      const users = usersOf(`at-${rate}`, Math.round((rate * TICK_MS) / 1_000) - running);
      running += users.length;
      costs.push(costBetween(quiet, await whileTicking(engine, crowd, users, { makers: MAKERS, windowMs })));
    }
    return costs;
  } finally {
    await others?.end("SIGKILL");
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
  const window = { makers: 1, windowMs };
  const quiet = await ticksWindow(engine, crowd, window);
  const busy = await whileTicking(engine, crowd, users, window);
  await crowd.processes[0]!.call("remove", users);
  return costBetween(quiet, busy);
}

/** The downloads keep running afterwards. */
async function whileTicking(
  engine: MeasuredEngine,
  crowd: Crowd,
  users: readonly string[],
  window: WindowOptions,
): Promise<TicksWindow> {
  const { makers } = window;
  const starts = crowd.processes.slice(0, makers).map((maker, index) => {
    const own = users.filter((_, user) => user % makers === index);
    return maker.call("start", own, "ticking", { ticks: 1e6, everyMs: TICK_MS });
  });
  await Promise.all(starts);
  await pause(BEGIN_MS);
  return await ticksWindow(engine, crowd, window);
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

interface WindowOptions {
  /** The first `makers` processes make ticks. */
  makers: number;
  windowMs: number;
}

type TicksWindow = Awaited<ReturnType<typeof ticksWindow>>;

async function ticksWindow(engine: MeasuredEngine, crowd: Crowd, { makers, windowMs }: WindowOptions) {
  const stored = (await engine.streams("records")).stored;
  const before = crowd.parts(makers);
  const { counts, seconds } = await during(engine, () => pause(windowMs));
  const after = crowd.parts(makers);
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
