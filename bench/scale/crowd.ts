/** @module Processes with many nodes on one engine. */

import { Commanded } from "../support/commanded.ts";
import { machineMs } from "../support/generators.ts";
import type { Calls } from "../support/many-nodes.ts";
import type { MeasuredEngine } from "../support/measured-engine.ts";
import { urlsOf } from "../support/open-engine.ts";
import { cpuMsOf } from "../support/process-figures.ts";
import { until } from "./windows.ts";

const PROGRAM = new URL("../support/many-nodes.ts", import.meta.url);
const MOST_PROCESSES = 5;

/** Nodes, and their processor time. */
export interface Part {
  nodes: number;
  cpuMs: number;
}

/** Processes with about the same number of nodes each. */
export class Crowd {
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

  /** Nodes and CPU time of the first processes (as many as given) together, and of the others. */
  parts(first: number): { first: Part; others: Part } {
    const parts = this.#groups.map(({ process, nodes }) => ({ nodes, cpuMs: cpuMsOf(process.pid) }));
    const add = (sum: Part, part: Part) => ({
      nodes: sum.nodes + part.nodes,
      cpuMs: sum.cpuMs + part.cpuMs,
    });
    const none = { nodes: 0, cpuMs: 0 };
    return { first: parts.slice(0, first).reduce(add, none), others: parts.slice(first).reduce(add, none) };
  }

  /** Ticks that generators have reported. */
  async reported(): Promise<number> {
    const reports = await Promise.all(this.processes.map((process) => process.call("reported")));
    return reports.reduce((sum, each) => sum + each, 0);
  }

  async heapBytes(): Promise<number> {
    const heaps = await Promise.all(this.processes.map((process) => process.call("heapBytes")));
    return heaps.reduce((sum, heap) => sum + heap, 0) / this.size;
  }

  /** Milliseconds until the last node had joined and read the records. */
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

  /** SIGKILL; `growTo` replaces them. Returns the time by the machine's clock and how many nodes were killed. */
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
    const process = await Commanded.start<Calls>(PROGRAM, urlsOf(this.#engine));
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

export function usersOf(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${what}-${index}-of-a-bench`);
}
