/** @module What nodes cost each other: signs of life, connections, ticks that everybody hears, and a takeover among them. */

import { Commanded } from "../support/commanded.ts";
import { machineMs } from "../support/generators.ts";
import type { Calls } from "../support/many-nodes.ts";
import { type MeasuredEngine, openMeasuredEngine } from "../support/measured-engine.ts";
import { cpuMsOf, tcpEndsOf } from "../support/process-figures.ts";
import type { NodesLevel, Quantiles, TickCost } from "./results.ts";
import { during, idleFor, pause, quantilesOf, until } from "./windows.ts";

const PROGRAM = new URL("../support/many-nodes.ts", import.meta.url);
const MOST_PROCESSES = 5;
/** Downloads that tick at one node. Least pause between two ticks of a download is 100 ms. */
const TICKING = 25;
const TICK_MS = 125;
const MOVING = 20;
const DELAYED = 8;
/** Until lifelines stand and the streams' leaders are spread. */
const SETTLE_MS = 3_000;

export interface NodesOptions {
  /** Rising. */
  counts: readonly number[];
  idleMs: number;
  ticksMs: number;
}

export async function measureNodes({ counts, idleMs, ticksMs }: NodesOptions): Promise<NodesLevel[]> {
  const engine = await openMeasuredEngine();
  const crowd = new Crowd(engine);
  try {
    const levels: NodesLevel[] = [];
    for (const nodes of counts) {
      const syncedMs = await crowd.growTo(nodes);
      await pause(SETTLE_MS);
      const idle = await idleFor(idleMs, engine, nodes, () => crowd.cpuMs());
      const connections = await engine.connections();
      const lifelines = (tcpEndsOf(crowd.pids()) - connections) / 2;
      const heapBytes = await crowd.heapBytes();
      const tick = await tickCost(engine, crowd, idleMs, ticksMs);
      const tickDelay = nodes > 1 ? await tickDelays(crowd, ticksMs) : null;
      const takeover = nodes > 1 ? await takeoverFrom(crowd) : null;
      levels.push({ nodes, idle, connections, lifelines, heapBytes, syncedMs, tick, tickDelay, takeover });
    }
    return levels;
  } finally {
    await crowd.end();
    await engine.dispose();
  }
}

interface Part {
  nodes: number;
  cpuMs: number;
}

/** Processes with about as many nodes each. */
class Crowd {
  readonly #engine: MeasuredEngine;
  readonly #groups: { process: Commanded<Calls>; nodes: number }[] = [];
  #names = 0;

  constructor(engine: MeasuredEngine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#groups.reduce((sum, { nodes }) => sum + nodes, 0);
  }

  get processes(): Commanded<Calls>[] {
    return this.#groups.map(({ process }) => process);
  }

  pids(): number[] {
    return this.processes.map(({ pid }) => pid);
  }

  cpuMs(): number {
    return this.pids().reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  }

  /** Nodes and processor time of the first process, and of the others together. */
  parts(): { first: Part; others: Part } {
    const [first, ...others] = this.#groups.map(({ process, nodes }) => ({
      nodes,
      cpuMs: cpuMsOf(process.pid),
    }));
    const add = (sum: Part, part: Part) => ({ nodes: sum.nodes + part.nodes, cpuMs: sum.cpuMs + part.cpuMs });
    return { first: first!, others: others.reduce(add, { nodes: 0, cpuMs: 0 }) };
  }

  async heapBytes(): Promise<number> {
    const heaps = await Promise.all(this.processes.map((process) => process.call("heapBytes")));
    return heaps.reduce((sum, heap) => sum + heap, 0) / this.size;
  }

  /** Until the last node had joined and read the records, milliseconds. */
  async growTo(size: number): Promise<number> {
    let last = Number.NaN;
    while (this.size < size) {
      if (this.#groups.length < Math.min(MOST_PROCESSES, size)) await this.#addProcess();
      const group = this.#groups.toSorted((a, b) => a.nodes - b.nodes)[0]!;
      const opened = await group.process.call("add", [`n${++this.#names}`]);
      group.nodes += 1;
      last = opened[0]!.syncedMs;
    }
    await this.#allSeeAll();
    return last;
  }

  /** SIGKILL; `growTo` puts others in their place. When, by the machine's clock, and how many nodes that were. */
  async killFirst(): Promise<{ killedAt: number; nodes: number }> {
    const { process, nodes } = this.#groups[0]!;
    const killedAt = machineMs();
    await process.end("SIGKILL");
    this.#groups.shift();
    return { killedAt, nodes };
  }

  async end(): Promise<void> {
    for (const process of this.processes) await process.end("SIGKILL");
  }

  async #addProcess(): Promise<void> {
    const process = await Commanded.start<Calls>(PROGRAM, { url: this.#engine.url });
    this.#groups.push({ process, nodes: 0 });
  }

  async #allSeeAll(): Promise<void> {
    for (const { process, nodes } of this.#groups) {
      for (let node = 0; node < nodes; node++) {
        await until(
          "all nodes see each other",
          async () => (await process.call("members", node)) === this.size,
        );
      }
    }
  }
}

function usersOf(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${what}-${index}-of-a-bench`);
}

/** Many downloads tick at the first node; nobody watches them. */
async function tickCost(
  engine: MeasuredEngine,
  crowd: Crowd,
  idleMs: number,
  ticksMs: number,
): Promise<TickCost> {
  const maker = crowd.processes[0]!;
  const users = usersOf("ticking", TICKING);
  const quiet = await window(engine, crowd, idleMs);
  await maker.call("start", users, "ticking", { ticks: 1e6, everyMs: TICK_MS });
  await pause(1_000);
  const busy = await window(engine, crowd, ticksMs);
  await maker.call("remove", users);
  const perTick = (of: (window: Window) => number) =>
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

type Window = Awaited<ReturnType<typeof window>>;

async function window(engine: MeasuredEngine, crowd: Crowd, ms: number) {
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

/** From a generator in the first process to a watcher in the last. */
async function tickDelays(crowd: Crowd, forMs: number): Promise<Quantiles> {
  const users = usersOf("delayed", DELAYED);
  const [maker, watcher] = [crowd.processes[0]!, crowd.processes.at(-1)!];
  await maker.call("start", users, "ticking", { ticks: 1e6, everyMs: TICK_MS });
  const delays = await watcher.call("tickDelays", 0, users, forMs);
  await maker.call("remove", users);
  return quantilesOf(delays);
}

/** The first process dies with all its nodes, between which the downloads are spread. */
async function takeoverFrom(crowd: Crowd): Promise<{ killedNodes: number; ms: Quantiles }> {
  const users = usersOf("moving", MOVING);
  const [victim, witness] = [crowd.processes[0]!, crowd.processes.at(-1)!];
  const size = crowd.size;
  await victim.call("start", users, "beat-inline", {});
  await witness.call("atWork", 0, users);
  const moved = witness.call("moved", 0, users);
  await pause(500);
  const { killedAt, nodes } = await crowd.killFirst();
  const pauses = (await moved).map((began) => began - killedAt);
  await witness.call("remove", users);
  await crowd.growTo(size);
  return { killedNodes: nodes, ms: quantilesOf(pauses) };
}
