/** @module `npm run chaos`: many visitors of a cluster whose nodes are constantly killed, frozen and stopped. */

import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type ChaosOptions, runChaos } from "./run.ts";

const USAGE = `npm run chaos -- [--minutes 2] [--seed N] [--engine URL] [--nodes 3] [--visitors 30] [--spare] [--log FILE]

  --engine   where the cluster keeps its records (default: sqlite in a folder of its own); "nats" starts three
             nats-servers, "postgres" a PostgreSQL, which are killed and frozen as well; PostgreSQL also loses all connections
  --spare    end every node but the first, which is only frozen: shows whether its memory grows
  --log      where to write what all visitors saw and what the nodes said`;

const SHOWN_VISITORS = 3;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    engine: { type: "string" },
    nodes: { type: "string", default: "3" },
    visitors: { type: "string", default: "30" },
    spare: { type: "boolean", default: false },
    log: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(USAGE);
else process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : number("seed", values.seed);
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  const options: ChaosOptions = {
    seed,
    seconds: number("minutes", values.minutes) * 60,
    nodes: number("nodes", values.nodes),
    visitors: number("visitors", values.visitors),
    spare: values.spare,
    signal: stopping.signal,
    say: (line) => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`),
    ...(values.engine !== undefined && { engine: values.engine }),
  };
  console.log(`seed ${seed}`);
  const { violations, histories, nodesOutput, table } = await runChaos(options);
  const stories = [...histories].map(([visitor, lines]) => `\nWhat ${visitor} saw:\n${lines.join("\n")}`);
  if (values.log !== undefined) await writeFile(values.log, `${stories.join("\n")}\n\n${nodesOutput}`);
  const wronged = new Set(violations.map(({ visitor }) => visitor));
  const shown = [...histories.keys()].flatMap((visitor, index) =>
    wronged.has(visitor) ? [stories[index]] : [],
  );
  console.log(shown.slice(0, SHOWN_VISITORS).join("\n"));
  console.log(`\n${table.join("\n")}`);
  for (const { visitor, rule, detail } of violations) console.log(`  ${visitor}  ${rule}: ${detail}`);
  const passed = violations.length === 0;
  console.log(passed ? "\nPASSED" : `\nFAILED; again: ${replayCommand(options)}`);
  return passed;
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`--${name} must be a number, not ${text}`);
}

function replayCommand({ seed, seconds, nodes, visitors, engine, spare }: ChaosOptions): string {
  const words = ["--seed", seed, "--minutes", seconds / 60, "--nodes", nodes, "--visitors", visitors];
  if (engine !== undefined) words.push("--engine", engine);
  if (spare) words.push("--spare");
  return `npm run chaos -- ${words.join(" ")}`;
}
