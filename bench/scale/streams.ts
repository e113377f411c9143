/** @module What clients of event streams cost the node that serves them. */

import { Commanded } from "../support/commanded.ts";
import type { Calls } from "../support/many-nodes.ts";
import { openMeasuredEngine } from "../support/measured-engine.ts";
import { urlsOf } from "../support/open-engine.ts";
import { cpuMsOf } from "../support/process-figures.ts";
import { type BenchNode, Processes } from "../support/processes.ts";
import type { CrowdCalls } from "../support/stream-crowd.ts";
import type { Streams, StreamsLevel } from "./results.ts";
import { pause, quantilesOf } from "./windows.ts";

const CLIENTS = new URL("../support/stream-crowd.ts", import.meta.url);
const MAKERS = new URL("../support/many-nodes.ts", import.meta.url);
const MAKING_NODES = ["m1", "m2", "m3", "m4"];

export interface StreamsOptions {
  /** Rising; the first is 0. */
  counts: readonly number[];
  /** Downloads that tick once a second; the streams are shared among their users. */
  ticking: number;
  windowMs: number;
}

export async function measureStreams(options: StreamsOptions): Promise<Streams> {
  const engine = await openMeasuredEngine();
  const processes = new Processes(engine);
  const makers = await Commanded.start<Calls>(MAKERS, urlsOf(engine));
  try {
    const page = await processes.node("page", { inlineCapacity: 0 });
    const nobody = Array.from({ length: 1_000 }, (_, index) => `idle-visitor-${index}`);
    const idle = await climb(page, nobody, options);
    const users = Array.from({ length: options.ticking }, (_, index) => `watching-visitor-${index}`);
    await makers.call("add", MAKING_NODES);
    await makers.call("start", users, "ticking", { ticks: 1e6, everyMs: 1_000 });
    const ticking = await climb(page, users, options);
    return { idle, ticks: options.ticking, ticking };
  } finally {
    await makers.end("SIGKILL");
    await processes.end();
  }
}

async function climb(
  page: BenchNode,
  users: readonly string[],
  { counts, windowMs }: StreamsOptions,
): Promise<StreamsLevel[]> {
  const clients = await Commanded.start<CrowdCalls>(CLIENTS);
  try {
    const levels: StreamsLevel[] = [];
    for (const count of counts) {
      await clients.call("open", page.url, users, count - (levels.at(-1)?.streams ?? 0));
      await pause(1_500);
      await clients.call("heard");
      const cpuBefore = cpuMsOf(page.child.pid!);
      const began = performance.now();
      await pause(windowMs);
      const { events, delays } = await clients.call("heard");
      const tookMs = performance.now() - began;
      const cpu = (cpuMsOf(page.child.pid!) - cpuBefore) / tookMs;
      const { heapUsed, external, rss } = await page.usage();
      levels.push({
        streams: count,
        heapBytes: heapUsed + external,
        residentBytes: rss,
        cpu,
        events: (events * 1_000) / tookMs,
        delay: delays.length > 0 ? quantilesOf(delays) : null,
      });
    }
    return levels;
  } finally {
    await clients.end("SIGKILL");
  }
}
