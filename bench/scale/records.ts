/** @module What unfinished downloads cost while they wait, and what accepting requests costs meanwhile. */

import { systemClock as clock } from "../../src/clock/system.ts";
import { request } from "../../src/download/transitions.ts";
import { asOperator } from "../../test/support/operator.ts";
import { call, inParallel, start } from "../support/caller.ts";
import { Commanded } from "../support/commanded.ts";
import type { Calls } from "../support/many-nodes.ts";
import { type MeasuredEngine, openMeasuredEngine } from "../support/measured-engine.ts";
import { type EngineUrls, openEngine, urlsOf } from "../support/open-engine.ts";
import { cpuMsOf } from "../support/process-figures.ts";
import { type BenchNode, Processes } from "../support/processes.ts";
import type { Records, RecordsLevel } from "./results.ts";
import { idleFor, mean, pause, quantilesOf, until } from "./windows.ts";

const PROGRAM = new URL("../support/many-nodes.ts", import.meta.url);
const NODES = ["n1", "n2", "n3"];
const CALLERS = 64;
/** Pause after the last level, before the heaps are measured once more. */
const SETTLE_MS = 5_000;

export interface RecordsOptions {
  /** Rising; the first is 0. */
  levels: readonly number[];
  idleMs: number;
  /** New nodes; the fastest one counts. */
  newNodes: number;
  /** Whether to wait before the last heap measurement. */
  isPatient: boolean;
}

export async function measureRecords(options: RecordsOptions): Promise<Records> {
  const engine = await openMeasuredEngine();
  const processes = new Processes(engine);
  try {
    const nodes = await Promise.all(NODES.map((name) => processes.node(name, { inlineCapacity: 0 })));
    return await climb(engine, nodes, options);
  } finally {
    await processes.end();
  }
}

async function climb(engine: MeasuredEngine, nodes: BenchNode[], options: RecordsOptions): Promise<Records> {
  const levels: RecordsLevel[] = [];
  const asking = new Asking(nodes[0]!.url);
  await asking.warmUp();
  let there = 0;
  for (const [index, level] of options.levels.entries()) {
    const missing = level - there;
    const loadRate = missing > 0 ? missing / (await load(engine, missing)) : null;
    await seenByAll(nodes, level);
    const still = await standing(engine, nodes, level, options);
    // The requests count towards the next level.
    const room = (options.levels[index + 1] ?? Number.POSITIVE_INFINITY) - level;
    const accepted = await asking.measure(Math.min(500, room / 2), Math.min(3_000, room / 2));
    there = level + accepted.count;
    levels.push({ unfinished: level, loadRate, ...still, ...accepted.figures });
  }
  await seenByAll(nodes, there);
  if (options.isPatient) {
    await pause(SETTLE_MS);
  }
  return { levels, settled: { unfinished: there, nodeHeapBytes: await heapOf(nodes) } };
}

async function standing(
  engine: MeasuredEngine,
  nodes: BenchNode[],
  level: number,
  { idleMs, newNodes }: RecordsOptions,
) {
  await pause(500);
  const nodeHeapBytes = await heapOf(nodes);
  const cpuMs = () => nodes.reduce((sum, { child }) => sum + cpuMsOf(child.pid!), 0);
  const idle = await idleFor(idleMs, engine, nodes.length, cpuMs);
  const { bytes: storedBytes, messages: storedMessages } = await engine.streams("slots");
  const fresh = [];
  for (let i = 0; i < newNodes; i++) fresh.push(await newNode(urlsOf(engine), level));
  const quickest = fresh.toSorted((a, b) => a.syncedMs - b.syncedMs)[0]!;
  const servers = engine.residentBytes();
  return {
    nodeHeapBytes,
    serverResidentBytes: mean(servers),
    diskBytes: (await engine.diskBytes()) / Math.max(1, servers.length),
    storedBytes,
    storedMessages,
    idle,
    ...quickest,
  };
}

async function newNode(urls: EngineUrls, level: number) {
  const late = await Commanded.start<Calls>(PROGRAM, urls);
  try {
    const [opened] = await late.call("add", ["late"]);
    if ((await late.call("unfinished", 0)) < level) throw new Error("the new node has not read all records");
    return { ...opened!, newNodeHeapBytes: await late.call("heapBytes") };
  } finally {
    await late.end("SIGTERM");
  }
}

/** Writes waiting records as a node would, for visitors with ids like those of cookies. Returns the seconds it took. */
async function load(urls: EngineUrls, count: number): Promise<number> {
  const engine = await openEngine(urls);
  try {
    return await inParallel(count, CALLERS, async () => {
      const asked = { user: clock.id(), slot: "default", kind: "hold", params: {} };
      if ((await engine.repo.slots.insert(request(asked, clock.now(), clock.id()))) === null)
        throw new Error("a new visitor has a record already");
    });
  } finally {
    await engine.close();
  }
}

class Asking {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Leaves nothing but tombstones. */
  async warmUp(): Promise<void> {
    await inParallel(300, CALLERS, async () => {
      const user = clock.id();
      const { id } = await start(this.#url, user, "hold");
      await call(`${this.#url}/downloads/${id}`, { method: "DELETE", user });
    });
  }

  /** Over HTTP: `lone` requests one at a time, then `many` from concurrent callers. */
  async measure(lone: number, many: number) {
    const took: number[] = [];
    const ask = () => {
      const user = clock.id();
      return onceMore(() => start(this.#url, user, "hold"));
    };
    for (let i = 0; i < lone; i++) {
      const began = performance.now();
      await ask();
      took.push(performance.now() - began);
    }
    const seconds = await inParallel(many, CALLERS, ask);
    const figures = { accept: quantilesOf(took), acceptRate: many / seconds };
    return { count: took.length + Math.ceil(many), figures };
  }
}

async function seenByAll(nodes: BenchNode[], level: number): Promise<void> {
  for (const { url, name } of nodes) {
    await until(`${name} sees ${level}`, async () => {
      const { text } = await onceMore(() =>
        call(`${url}/metrics`, { user: "operator", headers: asOperator }),
      );
      return Number(/^carryout_downloads_unfinished (\d+)/m.exec(text)?.[1]) === level;
    });
  }
}

/** The server may close an idle kept-alive connection at the very moment it is used again. */
async function onceMore<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
    return await ask();
  }
}

async function heapOf(nodes: BenchNode[]): Promise<number> {
  const usages = await Promise.all(nodes.map((node) => node.usage()));
  return mean(usages.map(({ heapUsed, external }) => heapUsed + external));
}
