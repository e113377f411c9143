/** @module The program of a process that runs several nodes, each with its own engine, and obeys commands. */

import { systemClock as clock } from "../../src/clock/system.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { registryOf } from "../../src/generator/registry.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { openLog } from "../../src/telemetry/log.ts";
import type { Carryout } from "../../src/tracker/carryout.ts";
import { openCarryout } from "../../src/tracker/open.ts";
import type { DownloadStatus } from "../../src/tracker/status.ts";
import { NO_LIMITS } from "../../test/support/no-limits.ts";
import { beatInline, hold, instant, machineMs, reports, ticking } from "./generators.ts";
import { type EngineUrls, openEngine } from "./open-engine.ts";

export interface Opened {
  /** Time until the engine is open. */
  engineMs: number;
  /** From there until the node has joined and read all records. */
  syncedMs: number;
}

/** The calls that a process answers, by name; users are the owners of downloads. */
export interface Calls {
  add(names: readonly string[]): Promise<Opened[]>;
  /** Heap and external memory, after a garbage collection. */
  heapBytes(): Promise<number>;
  /** Living nodes that the node sees. */
  members(node: number): Promise<number>;
  unfinished(node: number): Promise<number>;
  /** Starts downloads on the nodes of this process, in turn. */
  start(users: readonly string[], kind: string, params: object): Promise<void>;
  remove(users: readonly string[]): Promise<void>;
  /** The same, one after another, `perSecond` in all; resolves when the last has started. */
  startPaced(users: readonly string[], kind: string, perSecond: number): Promise<void>;
  /** One viewer of each user at this node, until `lookAway`. Resolves when all have their snapshot. */
  look(node: number, users: readonly string[]): Promise<void>;
  lookAway(): Promise<void>;
  /** Ticks that generators of the kind "ticking" have reported in this process. */
  reported(): Promise<number>;
  /** Resolves when the node has seen all of them at work. */
  atWork(node: number, users: readonly string[]): Promise<void>;
  /** Resolves when each runs on another holder, with the time its generator began there, by the machine's clock. */
  moved(node: number, users: readonly string[]): Promise<number[]>;
  /** Watches for this long; returns the milliseconds from each tick to the watcher. */
  tickDelays(node: number, users: readonly string[], forMs: number): Promise<number[]>;
}

const urls = JSON.parse(process.argv[2] as string) as EngineUrls;
const log = openLog({ level: "error" });
const nodes: { engine: Engine; carryout: Carryout }[] = [];
const registry = registryOf([hold, instant, ticking, beatInline]);
let looking = new AbortController();

const calls: Calls = {
  async add(names) {
    const opened: Opened[] = [];
    for (const name of names) opened.push(await addNode(name));
    return opened;
  },
  async heapBytes() {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
  members: async (node) => nodeAt(node).cluster().nodes.length,
  unfinished: async (node) => nodeAt(node).cluster().unfinished,
  async start(users, kind, params) {
    await Promise.all(users.map((user, index) => nodeAt(index % nodes.length).start({ user, kind, params })));
  },
  async remove(users) {
    const removals = users.map(async (user, index) => {
      const carryout = nodeAt(index % nodes.length);
      for (const { download } of await carryout.list(user)) await carryout.remove(user, download.id);
    });
    await Promise.all(removals);
  },
  async startPaced(users, kind, perSecond) {
    const began = performance.now();
    for (const [index, user] of users.entries()) {
      const earlyMs = (index * 1_000) / perSecond - (performance.now() - began);
      if (earlyMs > 1) await clock.sleep(earlyMs);
      await nodeAt(index % nodes.length).start({ user, kind, params: {} });
    }
  },
  async look(node, users) {
    await Promise.all(users.map((user) => firstOf(nodeAt(node).watch(user, looking.signal))));
  },
  async lookAway() {
    looking.abort();
    looking = new AbortController();
  },
  reported: async () => reports.ticks,
  async atWork(node, users) {
    await Promise.all(users.map((user) => seen(node, user, ({ download }) => beganAt(download) > 0)));
  },
  moved: (node, users) => Promise.all(users.map((user) => movedAt(node, user))),
  async tickDelays(node, users, forMs) {
    const delays: number[] = [];
    const stop = AbortSignal.timeout(forMs);
    await Promise.all(
      users.map(async (user) => {
        for await (const event of nodeAt(node).watch(user, stop)) {
          const now = machineMs();
          if (event.type !== "download") continue;
          const { message } = event.status.download.progress;
          if (message !== null) delays.push(now - Number(message));
        }
      }),
    );
    return delays;
  },
};

async function addNode(name: string): Promise<Opened> {
  const began = performance.now();
  const engine = await openEngine(urls, log);
  const engineMs = performance.now() - began;
  const executor = inlineExecutor({ registry, clock });
  const pid = urls.url.startsWith("sqlite:") ? process.pid : null;
  const self = { name, url: null, pid, version: "bench", capacity: 0, inlineCapacity: 2_000 };
  const carryout = await openCarryout({ engine, registry, executor, clock, log, self, settings: NO_LIMITS });
  nodes.push({ engine, carryout });
  return { engineMs, syncedMs: performance.now() - began - engineMs };
}

function nodeAt(index: number): Carryout {
  const node = nodes[index];
  if (!node) throw new RangeError(`there is no node ${index}`);
  return node.carryout;
}

/** The user's download once it is accepted. */
async function seen(
  node: number,
  user: string,
  accept: (status: DownloadStatus) => boolean,
): Promise<DownloadStatus> {
  const stop = new AbortController();
  try {
    for await (const event of nodeAt(node).watch(user, stop.signal)) {
      const status =
        event.type === "snapshot" ? event.downloads[0] : event.type === "download" ? event.status : null;
      if (status && accept(status)) return status;
    }
  } finally {
    stop.abort();
  }
  throw new Error(`the watch of ${user} ended`);
}

/** Resolves with the first event; the others are read and dropped. */
function firstOf(events: AsyncIterable<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    (async () => {
      for await (const _ of events) resolve();
    })().catch(reject);
  });
}

async function movedAt(node: number, user: string): Promise<number> {
  const first = await seen(node, user, ({ download }) => beganAt(download) > 0);
  const before = beganAt(first.download);
  const after = await seen(node, user, ({ download }) => download.epoch > 1 && beganAt(download) > before);
  return beganAt(after.download);
}

function beganAt({ progress }: DownloadStatus["download"]): number {
  return Number(progress.message?.split(" ")[0] ?? 0);
}

process.on("message", async ({ id, call, given }: { id: number; call: keyof Calls; given: unknown[] }) => {
  try {
    const answer = await (calls[call] as (...given: unknown[]) => Promise<unknown>)(...given);
    process.send?.({ id, answer });
  } catch (error) {
    process.send?.({ id, error: String((error as Error).stack ?? error) });
  }
});
process.once("SIGTERM", async () => {
  await Promise.all(nodes.map(({ carryout }) => carryout.close()));
  await Promise.all(nodes.map(({ engine }) => engine.close()));
  process.exit(0);
});
process.on("disconnect", () => process.exit(0));
process.send?.("up");
