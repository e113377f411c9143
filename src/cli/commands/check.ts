/** @module `carryout check`: do the project's generators make the same file when they are interrupted? */

import { Command, InvalidArgumentError } from "commander";
import { CarryoutError, isCarryoutError, messageOf } from "../../errors.ts";
import { checkResume, type ResumeReport } from "../../generator/check-resume.ts";
import type { Generator } from "../../generator/generator.ts";
import { type Registry, requireGenerator } from "../../generator/registry.ts";
import { ResumeError } from "../../generator/resume-error.ts";
import {
  type CommandContext,
  configOf,
  examples,
  JSON_FLAG,
  jsonArgument,
  WrongUsage,
  withSettings,
} from "../context.ts";
import { bytes } from "../format.ts";
import { configuredGenerators } from "../observer.ts";

interface CheckOptions {
  params?: unknown;
  runs: number;
  seed: number;
  json?: true;
}

/** `skip`: its parameters are not known. `warn`: it never resumes, which is correct and costs time. */
interface Checked {
  readonly kind: string;
  readonly verdict: "ok" | "warn" | "fail" | "skip";
  readonly found: string;
  readonly problem?: string;
  readonly report?: ResumeReport;
}

export function checkCommand(context: CommandContext): Command {
  const command = withSettings(new Command("check"), ["config", "generators"])
    .summary("interrupt generators and compare their files")
    .description(
      "Make the file of each kind without interruption, then again and again with interruptions at random checkpoints, " +
        "and compare every byte. One line for each kind: ok, warn, fail, or skip when it needs parameters. The exit code " +
        "is 1 when one fails. Needs no node and stores nothing; a file is held in memory, and its generator's waits pass " +
        "at once.",
    )
    .argument("[kind]", "only this generator")
    .option("--params <json>", "its parameters, as a JSON object", jsonArgument)
    .option("--runs <number>", "how often each is interrupted", atLeast(1), 200)
    .option("--seed <number>", "decides where; the same seed gives the same places", atLeast(0), 1)
    .option(...JSON_FLAG)
    .addHelpText("after", examples(EXAMPLES));
  return command.action(async (kind: string | undefined, options: CheckOptions) => {
    if (kind === undefined && options.params !== undefined)
      throw new WrongUsage("--params are those of one kind; name it: carryout check KIND --params JSON");
    const registry = await configuredGenerators(await configOf(command, context));
    const checks: Checked[] = [];
    for (const generator of chosen(registry, kind)) {
      const checked = await check(generator, options);
      checks.push(checked);
      if (!options.json) print(checked, context);
    }
    if (options.json) context.terminal.answer(JSON.stringify(checks));
    if (kind !== undefined && checks[0]?.verdict === "skip") context.exitCode = 1;
    if (checks.some(({ verdict }) => verdict === "fail")) context.exitCode = 1;
  });
}

const EXAMPLES = {
  "carryout check": "all kinds that need no parameters",
  "carryout check orders.csv --params '{\"year\":2025}'": "one kind with its parameters",
};

function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && text.trim() !== "") return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
  };
}

function chosen(registry: Registry, kind: string | undefined): Generator<unknown>[] {
  if (kind === undefined) return registry.all();
  if (registry.get(kind) !== undefined) return [requireGenerator(registry, kind)];
  const kinds = registry.kinds().join(", ");
  throw new CarryoutError("unknown-kind", `unknown kind ${JSON.stringify(kind)} (available: ${kinds})`);
}

async function check(generator: Generator<unknown>, options: CheckOptions): Promise<Checked> {
  const { kind } = generator;
  try {
    const { params, runs, seed } = options;
    const report = await checkResume(generator, { params, runs, seed });
    const { sizeBytes, checkpoints, interruptions, resumedAt } = report;
    const found =
      `${kind}: ${bytes(sizeBytes)}, ${counted(checkpoints, "checkpoint")}; the same file after ` +
      `${counted(interruptions, "interruption")}, at ${resumedAt} of them`;
    return { kind, verdict: "ok", found, report };
  } catch (error) {
    const found = messageOf(error);
    if (error instanceof ResumeError) {
      const { problem } = error;
      return { kind, verdict: problem === "no-checkpoint" ? "warn" : "fail", found, problem };
    }
    const needsParams = isCarryoutError(error) && error.code === "invalid-parameters";
    return needsParams
      ? { kind, verdict: "skip", found }
      : { kind, verdict: "fail", found: `${kind}: ${found}` };
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function print({ kind, verdict, found }: Checked, { terminal }: CommandContext): void {
  const [first, ...more] = found.split("\n");
  terminal.answer(`${verdict.padEnd(6)}${first}`);
  for (const line of more) terminal.answer(`      ${line}`);
  if (verdict === "skip") terminal.answer(`      → carryout check ${kind} --params JSON`);
}
