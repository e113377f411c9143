/** @module This checkout beside another one, measured in turn, so that both meet the machine's good and bad minutes. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Slice, Workload } from "./support/compared.ts";
import { type Figure, median } from "./support/table.ts";

const PROGRAM = fileURLToPath(new URL("./support/compared.ts", import.meta.url));
const WARM_UP = 3;

const WORKLOADS: readonly (Command & { what: string })[] = [
  { what: "whole life cycles, 64 callers", workload: "life", count: 300 },
  { what: "library call, 64 callers", workload: "call", count: 1_000 },
  { what: "HTTP, 64 callers", workload: "http", count: 500 },
  { what: "HTTP, one at a time", workload: "lone", count: 200 },
];

/** `other` is a directory with its dependencies installed. A slice of each takes less than half a second. */
export async function compare(
  other: string,
  rounds: number,
  workloads: readonly string[],
): Promise<Figure[]> {
  const before = await opened(resolve(other));
  const now = await opened(process.cwd());
  try {
    const figures: Figure[] = [];
    for (const { what, ...command } of WORKLOADS) {
      if (workloads.length > 0 && !workloads.includes(command.workload)) continue;
      const slices: [Slice, Slice][] = [];
      for (let round = -WARM_UP; round < rounds; round++) {
        const order = round % 2 === 0 ? [before, now] : [now, before];
        const measured = new Map<ChildProcess, Slice>();
        for (const one of order) measured.set(one, await slice(one, command));
        if (round >= 0) slices.push([measured.get(before)!, measured.get(now)!]);
      }
      figures.push(...figuresOf(what, slices));
    }
    return figures;
  } finally {
    for (const one of [before, now]) one.disconnect();
  }
}

async function opened(cwd: string): Promise<ChildProcess> {
  const child = fork(PROGRAM, process.argv.slice(2), { cwd });
  await answer(child);
  return child;
}

function slice(child: ChildProcess, command: { workload: Workload; count: number }): Promise<Slice> {
  child.send(command);
  return answer(child) as Promise<Slice>;
}

async function answer(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  const failed = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`the measured process ended with code ${code}`);
  });
  try {
    return (await Promise.race([once(child, "message", { signal }), failed]))[0];
  } finally {
    over.abort();
  }
}

function figuresOf(what: string, slices: readonly [Slice, Slice][]): Figure[] {
  const of = (read: (slice: Slice) => number) => {
    const [before, now] = [0, 1].map((index) => median(slices.map((pair) => read(pair[index]!))));
    const ratio = median(slices.map(([one, other]) => read(other) / read(one)));
    return { before: before!, now: now!, ratio };
  };
  const wall = of(({ wallMs }) => wallMs);
  const cpu = of(({ nodeCpuMs, serverCpuMs }) => nodeCpuMs + serverCpuMs);
  const perSecond = (ms: number) => `${Math.round(1_000 / ms)}/s`;
  return [
    {
      what,
      measured: `${perSecond(wall.before)} before, ${perSecond(wall.now)} now; time now / before ${wall.ratio.toFixed(2)}`,
    },
    {
      what: `${what}: processor time`,
      measured: `${cpu.before.toFixed(2)} ms before, ${cpu.now.toFixed(2)} ms now; now / before ${cpu.ratio.toFixed(2)}`,
    },
  ];
}
