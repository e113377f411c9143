/** @module What an unfinished download costs while nothing happens: memory and traffic. */

import { inParallel, start } from "./support/caller.ts";
import { memoryOfServers } from "./support/engine.ts";
import { type BenchNode, withProcesses } from "./support/processes.ts";
import type { Figure } from "./support/table.ts";

const IDLE_MS = 10_000;

/** The total heap growth of three nodes that know of `count` waiting downloads. */
export function memoryPerDownload(count: number): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const nodes = await Promise.all(
      ["n1", "n2", "n3"].map((name) => processes.node(name, { inlineCapacity: 0 })),
    );
    await load(nodes[0] as BenchNode, 500);
    const { servers } = processes.engine;
    const before = await heaps(nodes);
    const serversBefore = memoryOfServers(servers);
    await load(nodes[0] as BenchNode, count, 500);
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // the other nodes catch up
    const after = await heaps(nodes);
    const kib = (bytes: number) => `${(bytes / count / 1024).toFixed(2)} KiB`;
    const what = `memory per unfinished download at ${count}`;
    const figures = [{ what: `${what}, three nodes together`, measured: kib(after - before) }];
    if (servers === null) return figures;
    const grown = memoryOfServers(servers) - serversBefore;
    return [...figures, { what: `${what}, all servers together (resident)`, measured: kib(grown) }];
  });
}

async function heaps(nodes: BenchNode[]): Promise<number> {
  const usages = await Promise.all(nodes.map((node) => node.usage()));
  return usages.reduce((sum, { heapUsed, external }) => sum + heapUsed + external, 0);
}

async function load(node: BenchNode, count: number, from = 0): Promise<void> {
  await inParallel(count, 64, (index) => start(node.url, `waiting-${from + index}`, "hold"));
}

/** Heartbeats and processor time of three idle nodes, with none and with many unfinished downloads. */
export function liveness(counts: readonly number[]): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const nodes = await Promise.all(
      ["n1", "n2", "n3"].map((name) => processes.node(name, { inlineCapacity: 0 })),
    );
    const figures: Figure[] = [];
    let loaded = 0;
    for (const count of counts) {
      await load(nodes[0] as BenchNode, count - loaded, loaded);
      loaded = count;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await processes.engine.beats();
      const cpuBefore = await cpuMs(nodes);
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      const perSecond = (await processes.engine.beats()) / (IDLE_MS / 1000);
      const cpu = (await cpuMs(nodes)) - cpuBefore;
      figures.push({
        what: `idle, three nodes, ${count} unfinished`,
        measured: `${perSecond.toFixed(1)} heartbeats/s, ${((100 * cpu) / IDLE_MS).toFixed(1)} % of a core`,
      });
    }
    return figures;
  });
}

async function cpuMs(nodes: BenchNode[]): Promise<number> {
  const usages = await Promise.all(nodes.map((node) => node.usage()));
  return usages.reduce((sum, { cpu }) => sum + (cpu.user + cpu.system) / 1000, 0);
}
