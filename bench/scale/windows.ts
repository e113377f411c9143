/** @module Measures traffic and CPU time over an interval. */

import { countsBetween, type MeasuredEngine, type ServerCounts } from "../support/measured-engine.ts";
import { quantile } from "../support/table.ts";
import type { Idle, Quantiles } from "./results.ts";

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const worst = quantile(values, 1);
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), worst, count: values.length };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The traffic during `work`, and how long it took. */
export async function during(
  engine: MeasuredEngine,
  work: () => Promise<unknown>,
): Promise<{ counts: ServerCounts; seconds: number }> {
  const before = await engine.counts();
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  return { counts: countsBetween(before, await engine.counts()), seconds };
}

/** For `nodes` nodes; `cpuMs` returns their CPU time since an arbitrary start. */
export async function idleFor(
  ms: number,
  engine: MeasuredEngine,
  nodes: number,
  cpuMs: () => number,
): Promise<Idle> {
  await engine.beats();
  const cpuBefore = cpuMs();
  const { counts, seconds } = await during(engine, () => pause(ms));
  const heartbeats = (await engine.beats()) / seconds;
  const nodeCpu = (cpuMs() - cpuBefore) / 1000 / seconds / nodes;
  const { cpuMs: serversCpuMs, ...passed } = perSecond(counts, seconds);
  return { ...passed, serversCpu: serversCpuMs / 1000, nodeCpu, heartbeats };
}

function perSecond(counts: ServerCounts, seconds: number): ServerCounts {
  const entries = Object.entries(counts).map(([name, count]) => [name, count / seconds]);
  return Object.fromEntries(entries) as unknown as ServerCounts;
}

/** Polls until the condition holds; fails after a minute. */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within a minute`);
    await pause(50);
  }
}
