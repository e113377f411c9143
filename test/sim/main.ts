/** @module Command line of the simulation: `--seed N --steps M --trace`, `--seeds COUNT [--first]`, `--minutes M`, `--mutants`. */

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { hunt } from "./hunt.ts";
import { MUTANTS } from "./mutants.ts";
import { DEFAULT_STEPS, type SimulationResult, simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    steps: { type: "string", default: String(DEFAULT_STEPS) },
    minutes: { type: "string" },
    trace: { type: "boolean", default: false },
    twice: { type: "string", default: "0" },
    first: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
  },
});

// A soak tries different schedules each time; each failure is reported with its own seed.
const seed = Number(values.seed ?? (values.minutes ? randomInt(2 ** 31) : 1));
const steps = Number(values.steps);
const count = values.seeds ? Number(values.seeds) : values.minutes ? Number.POSITIVE_INFINITY : 1;
const until = values.minutes ? performance.now() + Number(values.minutes) * 60_000 : Number.POSITIVE_INFINITY;
process.exitCode = (await (values.mutants ? huntAll() : runAll())) ? 0 : 1;

async function runAll(): Promise<boolean> {
  const beganAt = performance.now();
  const total = { schedules: 0, downloads: 0, virtualMs: 0, lines: 0 };
  const failed: SimulationResult[] = [];
  for (let index = 0; index < count && performance.now() < until; index++) {
    const result = await simulate({
      seed: seed + index,
      steps,
      ...(values.trace ? { print: console.log } : {}),
    });
    total.schedules++;
    total.downloads += result.downloads;
    total.virtualMs += result.virtualMs;
    total.lines += result.lines.length;
    await checkAgain(result, index);
    if (!result.violation) continue;
    failed.push(result);
    report(result);
    if (values.first) break;
  }
  const tookS = (performance.now() - beganAt) / 1_000;
  console.log(
    `${total.schedules} schedules of ${steps} steps, ${total.downloads} downloads, ${total.lines} events, ` +
      `${Math.round(total.virtualMs / 3_600_000)} virtual hours in ${tookS.toFixed(1)} s: ` +
      (failed.length === 0
        ? "no fault"
        : `${failed.length} faults, seeds ${failed.map((r) => r.seed).join(" ")}`),
  );
  return failed.length === 0;
}

/** Some schedules are run twice: a different history is a fault of the simulation itself. */
async function checkAgain(result: SimulationResult, index: number): Promise<void> {
  const every = Number(values.twice);
  if (every === 0 || index % every !== 0 || result.violation) return;
  const { hash } = await simulate({ seed: result.seed, steps });
  if (hash === result.hash) return;
  result.violation = { invariant: "one seed gives one history", what: `${result.hash} and ${hash}` };
}

/** Plants every fault in turn, and prints the invariant that found it and the number of schedules. */
async function huntAll(): Promise<boolean> {
  let missed = 0;
  for (const mutant of MUTANTS) {
    const found = await hunt(mutant, count === 1 ? 300 : count);
    if (!found) missed++;
    console.log(`| ${mutant.name} | ${found ? `${found.seed} | ${found.invariant}` : "**not found** |"} |`);
  }
  return missed === 0;
}

function report({ seed, steps, violation, lines }: SimulationResult): void {
  if (!values.trace) console.log(lines.slice(count === 1 ? 0 : -40).join("\n"));
  console.log(`seed ${seed}: ${violation?.invariant}: ${violation?.what}`);
  console.log(`  npm run sim -- --seed ${seed} --steps ${steps} --trace`);
}
